"""The command line `kithward`: one module a verb."""
