"""The operator keyed by the protected account, where three capabilities share state."""
