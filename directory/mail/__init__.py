"""Mail: what it says (`letters`), and handing it over (`sending`). The outbox itself is in `store.mail`."""
