"""Local processes: broker, Flink cluster, and the demo on them."""
