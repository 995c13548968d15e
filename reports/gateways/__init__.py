"""The outside of reports: the PDF engine's process, and the files that are written."""

from reports.gateways.pdf import Pdf, PdfFailed, Stopped, render_pdf
from reports.gateways.sheets import Sheet, write_csv, write_workbook
from reports.gateways.signing import SigningFailed, sign_pdf

__all__ = [
    "Pdf",
    "PdfFailed",
    "Sheet",
    "SigningFailed",
    "Stopped",
    "render_pdf",
    "sign_pdf",
    "write_csv",
    "write_workbook",
]
