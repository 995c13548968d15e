from django.dispatch import Signal

# Sent after a roster commit, with `organisation_id`. Receivers only enqueue: the roster does not wait for them.
roster_changed = Signal()
