"""Erasure of accounts: markers, and the indexes of which keys have to hear of one."""
