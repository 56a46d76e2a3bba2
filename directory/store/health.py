"""Whether the database answers."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker


def check_database(sessions: sessionmaker[Session]) -> tuple[bool, str]:
    """Whether the database answers, and its kind or the error's name."""
    try:
        with sessions() as session:
            session.execute(text("SELECT 1"))
            return True, session.get_bind().dialect.name
    except SQLAlchemyError as error:
        return False, type(error).__name__
