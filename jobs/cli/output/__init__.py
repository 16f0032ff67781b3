"""What the tool prints: text that is safe for a terminal, tables, progress, notes about the input."""
