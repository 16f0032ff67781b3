"""Step `relationship`, keyed by protected account, where three capabilities share state."""
