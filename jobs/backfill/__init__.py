"""Backfill: events of files, by a mapping, into the topics of the contract."""
