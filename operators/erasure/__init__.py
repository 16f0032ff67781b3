"""Erasure of accounts: markers of erased accounts, and the indexes of pairs by which other keys are notified."""
