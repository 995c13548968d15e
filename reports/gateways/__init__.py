"""The outside of reports: the PDF engine's process, and the files that are written."""

from reports.gateways.pdf import Engine, Pdf, PdfFailed, Stopped, render_pdf, warm_engine
from reports.gateways.sheets import Sheet, write_csv, write_workbook
from reports.gateways.signing import SigningFailed, sign_pdf

__all__ = [
    "Engine",
    "Pdf",
    "PdfFailed",
    "Sheet",
    "SigningFailed",
    "Stopped",
    "render_pdf",
    "sign_pdf",
    "warm_engine",
    "write_csv",
    "write_workbook",
]
