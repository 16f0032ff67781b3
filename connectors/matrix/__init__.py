"""The Matrix connector: an application service of a homeserver."""
