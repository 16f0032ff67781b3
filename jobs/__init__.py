"""The streaming job and its command line: dataflow, engines, policies, Kafka, analysis."""
