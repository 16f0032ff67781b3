"""Keyed state: its catalog, entry types, byte codecs and key pseudonyms."""
