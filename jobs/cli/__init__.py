"""The command line `kithward`: one module a verb, a folder for what several share."""
