"""Connectors: from a messenger to the topics of the contract, and commands back to it."""
