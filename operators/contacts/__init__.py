"""State by recipient: friends, contacts, pairs, and the profiles of contacts."""
