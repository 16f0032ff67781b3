"""Entry point of the command `kithward`, and of `python -m jobs`, which is the same."""

import signal


def main() -> None:
    """Load the command line, and run it. Ctrl-C while it loads ends the process without a stack trace."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from jobs.cli.app import main as run  # noqa: PLC0415 - it takes a second to load

    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
