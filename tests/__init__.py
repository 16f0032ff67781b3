"""The rules of Kithward, as tests."""
