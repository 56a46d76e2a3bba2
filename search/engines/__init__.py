"""The engines: `base` is the promise, `embedded` (tantivy) and `elastic` (Elasticsearch) keep it."""
