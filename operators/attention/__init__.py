"""Attention: who watches over whom, locations, and who is near a place."""
