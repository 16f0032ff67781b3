"""Avatar impersonation: senders whose avatar looks like a contact of the recipient."""
