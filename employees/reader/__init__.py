"""Reads a roster file in a process of its own, bounded in memory and time. No Django here: it starts in an instant."""
