"""Text normalisation and edit distance, independent of any rule."""
