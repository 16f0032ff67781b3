"""The policy as typed values: one module a section, with its defaults, and the versions in force."""
