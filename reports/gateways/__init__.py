"""The outside of reports: the PDF engine's process, and the files that are written."""

from reports.gateways.pdf import Pdf, PdfFailed, Stopped, render_pdf
from reports.gateways.sheets import Sheet, write_csv, write_workbook

__all__ = ["Pdf", "PdfFailed", "Sheet", "Stopped", "render_pdf", "write_csv", "write_workbook"]
