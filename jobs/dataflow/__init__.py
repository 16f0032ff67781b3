"""The dataflow graph as a plain value: sources, keyed steps, sinks, and its diagram."""
