"""Local subprocesses: Kafka broker, Flink cluster, and the demo that runs on a broker."""
