"""What is a message? The records, their bytes, and which of them are refused."""
