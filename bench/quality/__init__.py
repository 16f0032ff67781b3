"""Parts about screening and likeness, with the texts and pictures that they use."""
