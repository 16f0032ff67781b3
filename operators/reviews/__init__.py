"""Reviews: what people answered about decisions."""
