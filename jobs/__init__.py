"""How streams are joined, who runs them, and the tool."""
