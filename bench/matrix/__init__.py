"""The whole with a messenger: people on a homeserver, the connector, and the job."""
