"""Keyed operators: pure rules from records and state to decisions and commands."""
