"""Entry point of `python -m connectors.matrix`."""

from connectors.matrix.cli import main

if __name__ == "__main__":
    main()
