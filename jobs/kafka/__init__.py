"""Kafka clients of the command line and of the policy watcher; client settings for both and for Flink."""
