"""Fixtures of the whole application."""

from website import clock, migrated, site  # noqa: F401
