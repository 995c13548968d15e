"""Benchmarks that anyone can run: `.venv/bin/python -m benchmarks.NAME [--quick]`."""
