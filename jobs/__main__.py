"""Entry point of `python -m jobs`, which is the same as the command `kithward`."""

from jobs.cli.app import main

main()
