"""Queries, one module per concern, and the unit of work that keeps a change whole."""
