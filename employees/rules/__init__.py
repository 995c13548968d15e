"""What a roster row means, and the difference between a file and the roster. Pure: standard library only."""
