"""Makes the table of lookalike letters from Unicode's data."""
