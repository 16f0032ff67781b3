"""`kithward mapping`: check and apply mapping files; and `kithward send`."""
