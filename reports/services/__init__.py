"""Every write of reports."""

from reports.services.bundle_jobs import (
    build_bundle,
    cancel_bundle,
    forget_old_report_bundles,
    release_expired_bundles,
    request_bundle,
)
from reports.services.forgetting import forget_old_files
from reports.services.jobs import cancel_report, release_expired, request_report, retry_report
from reports.services.keeping import keep_figures
from reports.services.mailing import send_due_reports
from reports.services.making import build_report
from reports.services.schedules import announce, end_schedule, run_due, set_schedule

__all__ = [
    "announce",
    "build_bundle",
    "build_report",
    "cancel_bundle",
    "cancel_report",
    "end_schedule",
    "forget_old_files",
    "forget_old_report_bundles",
    "keep_figures",
    "release_expired",
    "release_expired_bundles",
    "request_bundle",
    "request_report",
    "retry_report",
    "run_due",
    "send_due_reports",
    "set_schedule",
]
