"""Lets `python -m jobs` be what `kithward` is."""

from jobs.tool import main

main()
