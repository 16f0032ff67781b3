"""What is remembered: every state in one catalogue, its bytes, its stores."""
