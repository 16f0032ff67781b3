"""Friendship age: handles a suspicious message by the age of the friendship; verification."""
