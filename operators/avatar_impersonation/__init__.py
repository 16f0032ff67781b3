"""Avatar impersonation: senders whose picture is that of a contact of the recipient."""
