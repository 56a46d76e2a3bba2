"""Alembic's hook: runs the revisions on the connection that `directory.migrations` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from directory.db import Base, Json, UtcDateTime


def render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Plain SQL types in place of our own, so that a revision does not change when our code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_type,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
