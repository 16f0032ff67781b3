"""Lets `python -m jobs` be what `kithward` is."""

from jobs.cli.app import main

main()
