"""`kithward mapping`: check mapping files, print their JSON Schema."""
