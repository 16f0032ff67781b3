"""Event groups: incident reports, audit, search, invitations, consent, identification, closing."""
