"""Text normalisation, for one text and for whole batches, independent of any rule."""
