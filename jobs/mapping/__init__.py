"""Mapping of a platform's own events to records of the contract, as a file describes it. Pure, but for that file."""
