"""Attention: consensual follows, who watches over whom, live locations, service areas."""
