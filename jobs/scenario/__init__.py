"""The scenario of the demo: event files and a policy."""
