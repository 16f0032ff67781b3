"""The Flink engine: topology, keyed steps, state cache, screen, submission, supervision."""
