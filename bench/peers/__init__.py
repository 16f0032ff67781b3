"""Peers: the small part that the control does, by other Python stream processors, in an environment of their own."""
