"""What finds: providers become documents, documents an index, and questions answers of ids.

This package owns the search fields, the reading of queries, both engines behind one protocol
and the life of the index (rebuild, catch up, sweep). It knows nothing of needs or of fit: that
is `matching`, which imports this package; and it changes nothing that is true: that is
`directory`, which it reads. Start at `fields` (one table of what is searched), then `documents`
(what the public may see of a provider), `engines.base` (the promise both engines keep) and
`finding` (from a query to rows re-read from the database). The index may be deleted at any
time and rebuilt; web workers only read it, one worker process writes it.
"""
