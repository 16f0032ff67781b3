"""Training of the recogniser, from the texts of `corpus/` and of public collections."""
