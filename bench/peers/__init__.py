"""The small part that the control does, in Python."""
