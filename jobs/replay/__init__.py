"""The replay engine: the job over event files in one process, without a JVM."""
