"""What helps people to write policies: the JSON Schema for editors, drafts, and comparison in words."""
