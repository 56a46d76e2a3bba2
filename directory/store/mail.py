"""The outbox: mails wait here in the transaction that causes them, and the worker sends them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from directory.models import OutgoingMail

MAX_ATTEMPTS = 8
"""The waits between them double from one minute: given up after some four hours (a rule of our own)."""

_KEPT = dt.timedelta(days=30)
"""How long the record of a sent mail answers "did it leave?"."""


class WaitingMail(NamedTuple):
    """A mail that is to be sent."""

    id: int
    recipient: str
    subject: str
    body: str
    attempts: int


def enqueue(session: Session, *, key: str, recipient: str, subject: str, body: str, now: dt.datetime) -> None:
    """Put a mail into the outbox; nothing when one with this key is there already."""
    if session.scalar(select(OutgoingMail.id).where(OutgoingMail.key == key)) is not None:
        return
    session.add(
        OutgoingMail(
            key=key,
            recipient=recipient,
            subject=" ".join(subject.split())[:300],  # a line break would begin another header
            body=body,
            created_at=now,
            attempts=0,
        )
    )


def waiting(session: Session, *, now: dt.datetime, limit: int = 50) -> list[WaitingMail]:
    """Mails to be sent now, oldest first; one that failed waits longer after each attempt."""
    query = (
        select(OutgoingMail)
        .where(OutgoingMail.sent_at.is_(None), OutgoingMail.attempts < MAX_ATTEMPTS)
        .order_by(OutgoingMail.id)
    )
    due = (mail for mail in session.scalars(query) if now >= mail.created_at + _wait(mail.attempts))
    return [
        WaitingMail(mail.id, mail.recipient, mail.subject, mail.body, mail.attempts)
        for mail, _ in zip(due, range(limit), strict=False)
    ]


def _wait(attempts: int) -> dt.timedelta:
    return dt.timedelta(minutes=2**attempts - 1)


def mark_sent(session: Session, mail_id: int, *, now: dt.datetime) -> None:
    """Note that a mail left. Its text is dropped: it may hold a link that is still good."""
    session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id)
        .values(sent_at=now, body="", attempts=OutgoingMail.attempts + 1, last_error=None)
    )


def mark_failed(session: Session, mail_id: int, error: str) -> None:
    """Note a failed attempt."""
    session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id)
        .values(attempts=OutgoingMail.attempts + 1, last_error=error[:300])
    )


def forget(session: Session, recipient: str) -> None:
    """Drop every mail to an address, sent or not."""
    session.execute(delete(OutgoingMail).where(OutgoingMail.recipient == recipient))


def drop_old(session: Session, *, now: dt.datetime) -> None:
    """Drop the records of mails that left long ago; a recipient's address is not kept for nothing."""
    session.execute(delete(OutgoingMail).where(OutgoingMail.sent_at < now - _KEPT))
