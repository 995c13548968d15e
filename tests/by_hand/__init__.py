"""Checks that need a program which the test suite does not install.

Run one with `.venv/bin/python -m tests.by_hand.NAME`.
"""
