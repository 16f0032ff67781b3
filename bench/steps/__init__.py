"""Parts that run steps or a replay in one process."""
