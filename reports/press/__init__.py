"""The PDF engine. It runs in a child process (`reports.pdf_child`), knows no Django and no database, loads nothing."""
