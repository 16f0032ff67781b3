"""Matrix stories: people on a local homeserver, the connector, and what their clients show."""
