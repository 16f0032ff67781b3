"""Local subprocesses: Kafka broker, Flink cluster, Matrix homeserver, and the demo that runs on a broker."""
