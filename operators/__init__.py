"""Keyed operators, pure of input and output: from records and state to decisions and commands."""
