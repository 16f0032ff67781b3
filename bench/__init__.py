"""What does it cost? Measurements of the whole job on a real broker and a cluster of its own: `python -m bench`."""
