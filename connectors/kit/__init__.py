"""Test kit: checks that any connector can be held against, through an adapter that its author writes."""
