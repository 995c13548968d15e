"""What an auditor runs without us: each file stands alone, with the standard library only."""
