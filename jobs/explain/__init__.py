"""Explanations of decisions in words, from their evidence."""
