"""Every write of reports."""

from reports.services.bundles import NoBundle, write_report_bundle
from reports.services.forgetting import forget_old_files
from reports.services.jobs import cancel_report, release_expired, request_report, retry_report
from reports.services.mailing import send_due_reports
from reports.services.making import build_report
from reports.services.schedules import announce, end_schedule, run_due, set_schedule

__all__ = [
    "NoBundle",
    "announce",
    "build_report",
    "cancel_report",
    "end_schedule",
    "forget_old_files",
    "release_expired",
    "request_report",
    "retry_report",
    "run_due",
    "send_due_reports",
    "set_schedule",
    "write_report_bundle",
]
