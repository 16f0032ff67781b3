"""Detectors: each finds one kind of thing in a text, and says what a text must have for it to hit."""
