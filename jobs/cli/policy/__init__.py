"""`kithward policy`: one module for each group of its verbs."""
