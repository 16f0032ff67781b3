"""Benchmarks of the job, its steps and its quality: `python -m bench`."""
