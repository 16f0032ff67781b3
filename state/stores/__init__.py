"""Key-value stores under a replay: in memory, or RocksDB on disk."""
