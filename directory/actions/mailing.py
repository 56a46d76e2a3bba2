"""Sending what waits in the outbox: a step of the worker."""

from __future__ import annotations

from directory.clock import Clock
from directory.mail.sending import SendingFailed, Transport
from directory.store import mail
from directory.store.unit_of_work import UnitOfWork


def send_waiting(transport: Transport, *, uow: UnitOfWork, clock: Clock) -> int:
    """Send every mail that is due; how many left.

    Each is noted in a transaction of its own. A crash between sending and noting sends that one mail twice,
    which is better than never.
    """
    with uow:
        due = mail.waiting(uow.session, now=clock.now())
    sent = 0
    for each in due:
        error = None
        try:
            transport.send(each.recipient, each.subject, each.body)
        except SendingFailed as failure:
            error = str(failure)
        with uow:
            if error is None:
                mail.mark_sent(uow.session, each.id, now=clock.now())
                sent += 1
            else:
                mail.mark_failed(uow.session, each.id, error)
            uow.commit()
    if sent:
        with uow:
            mail.drop_old(uow.session, now=clock.now())
            uow.commit()
    return sent
