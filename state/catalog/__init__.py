"""The keyed states of every step, one module a capability."""
