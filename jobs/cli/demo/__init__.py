"""`kithward demo`: the stories of the shipped scenario, and those on a Matrix homeserver."""
