"""Values of state entries and their codecs, one module a capability."""
