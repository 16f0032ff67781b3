"""Kafka clients of the command line and the policy watcher."""
