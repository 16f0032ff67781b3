"""Enforcement of decisions: log-only, rate limits, delays, risk windows."""
