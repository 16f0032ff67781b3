"""The job and its tool: dataflow, engines, policies, Kafka, analysis, command line."""
