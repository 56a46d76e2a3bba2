"""Reading and writing judgements of how well a provider suits a need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.orm import Session

from directory.models import Judgement, Need, Provider
from directory.types import JudgementRecord


def _record(row: Judgement) -> JudgementRecord:
    return JudgementRecord(
        need=row.need_ref,
        provider=row.provider_ref,
        grade=row.grade,
        source=row.source,
        judge=row.judge,
        made_on=row.made_on,
    )


def by_key(session: Session, record: JudgementRecord) -> JudgementRecord | None:
    """The stored judgement of the same need, provider, source and judge; None when there is none."""
    row = session.scalar(select(Judgement).where(_same(record)))
    return None if row is None else _record(row)


def of_need(session: Session, need_ref: str) -> list[JudgementRecord]:
    """The judgements on a need's providers, in order of provider, source and judge."""
    query = select(Judgement).where(Judgement.need_ref == need_ref)
    order = (Judgement.provider_ref, Judgement.source, Judgement.judge)
    return [_record(row) for row in session.scalars(query.order_by(*order))]


def stream(session: Session) -> Iterator[JudgementRecord]:
    """Every judgement, in the order in which they came in."""
    query = select(Judgement).order_by(Judgement.id).execution_options(yield_per=1000)
    return (_record(row) for row in session.scalars(query))


def put(session: Session, record: JudgementRecord) -> None:
    """Store a judgement in the place of the one with its key, if any."""
    values = {
        "need_ref": record.need,
        "provider_ref": record.provider,
        "grade": record.grade,
        "source": record.source,
        "judge": record.judge,
        "made_on": record.made_on,
    }
    if by_key(session, record) is None:
        session.execute(insert(Judgement).values(values))
    else:
        session.execute(update(Judgement).where(_same(record)).values(values))


def known_refs(session: Session, needs: Iterable[str], providers: Iterable[str]) -> tuple[set[str], set[str]]:
    """Those of the refs that stand for a need, and those that stand for a provider."""
    return (
        set(session.scalars(select(Need.ref).where(Need.ref.in_(list(needs))))),
        set(session.scalars(select(Provider.ref).where(Provider.ref.in_(list(providers))))),
    )


def _same(record: JudgementRecord) -> ColumnElement[bool]:
    return and_(
        Judgement.need_ref == record.need,
        Judgement.provider_ref == record.provider,
        Judgement.source == record.source,
        Judgement.judge == record.judge,
    )
