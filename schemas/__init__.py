"""Records: their Avro schemas, wire formats, order and validation."""
