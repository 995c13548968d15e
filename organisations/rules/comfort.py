"""How somebody likes the workplace's pages: kept in their browser, since it is about a screen, not about a person."""

DENSE = "dense"  # names of cookies; on or absent
KEYS_OFF = "keys-off"
CHOICES = (DENSE, KEYS_OFF)
