"""State by account: profile, avatar, alternate accounts, and who shows the same picture."""
