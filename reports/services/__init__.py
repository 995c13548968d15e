"""Every write of reports."""

from reports.services.bundles import NoBundle, write_report_bundle
from reports.services.jobs import cancel_report, release_expired, request_report, retry_report
from reports.services.making import build_report

__all__ = [
    "NoBundle",
    "build_report",
    "cancel_report",
    "release_expired",
    "request_report",
    "retry_report",
    "write_report_bundle",
]
