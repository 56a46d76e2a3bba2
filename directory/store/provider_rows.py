"""A provider's record as rows and back: the one place that knows which value stands in which column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import msgspec
from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from directory.db import Base
from directory.models import (
    Affiliation,
    ClientReference,
    Credential,
    CredentialOffice,
    LineOffice,
    Matter,
    Outcome,
    Person,
    Provider,
    ProviderLanguage,
    ServiceLine,
)
from directory.names import fold_name
from directory.types import (
    CredentialRecord,
    InsuranceRecord,
    LanguageSkill,
    LineVetting,
    MatterRecord,
    OutcomeRecord,
    PersonRecord,
    ProviderRecord,
    ReferenceRecord,
    ResponseRecord,
    ServiceLineRecord,
)

Values: TypeAlias = dict[str, Any]
"""A row to be written, by column."""


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


PROVIDER = _table(Provider)
PERSON = _table(Person)
AFFILIATION = _table(Affiliation)
LANGUAGE = _table(ProviderLanguage)
LINE = _table(ServiceLine)
LINE_OFFICE = _table(LineOffice)
CREDENTIAL = _table(Credential)
CREDENTIAL_OFFICE = _table(CredentialOffice)
MATTER = _table(Matter)
OUTCOME = _table(Outcome)
REFERENCE = _table(ClientReference)

# What stands in a column of the same name and kind.
_OF_PROVIDER = (
    "ref", "form", "kind", "state", "name", "aliases", "summary", "sub_kinds", "industries", "owned_by",
    "city", "country", "website", "register_domain", "founded", "accepts_new", "sponsored",
)  # fmt: skip
_OF_LINE = (
    "service", "right", "fields", "nice", "fee_model", "fee_min_minor", "fee_max_minor", "fee_unit",
    "rate_percent", "currency", "purposes",
)  # fmt: skip
_OF_CREDENTIAL = ("register", "number", "status", "rights", "instructable", "checked_on", "grade")
_OF_MATTER = ("title", "text", "ipc", "locarno", "nice", "office", "date", "client_country")
_OF_OUTCOME = ("service", "right", "measure", "successes", "n", "window", "source")
_OF_REFERENCE = ("service", "score", "scale", "month", "engagement_verified")


def canonical(record: ProviderRecord) -> ProviderRecord:
    """The record as it is stored: no conflict parties, no office twice in a list, no empty insurance."""
    lines = [
        line if len(set(line.offices)) == len(line.offices)
        else msgspec.structs.replace(line, offices=list(dict.fromkeys(line.offices)))
        for line in record.service_lines
    ]  # fmt: skip
    people = [
        msgspec.structs.replace(person, credentials=_canonical(person.credentials))
        if person.credentials
        else person
        for person in record.people
    ]
    return msgspec.structs.replace(
        record,
        service_lines=lines,
        people=people,
        credentials=_canonical(record.credentials),
        insurance=None if record.insurance == InsuranceRecord() else record.insurance,
        conflict_parties=[],
    )


def _canonical(credentials: Iterable[CredentialRecord]) -> list[CredentialRecord]:
    return [
        msgspec.structs.replace(each, offices=list(dict.fromkeys(each.offices))) if each.offices else each
        for each in credentials
    ]


# To rows


def _values(source: object, names: Sequence[str]) -> Values:
    return {name: getattr(source, name) for name in names}


def provider_values(record: ProviderRecord) -> Values:
    """Values of the provider's own row, without its key, version, snapshot and times."""
    insurance = record.insurance or InsuranceRecord()
    response = record.response
    return _values(record, _OF_PROVIDER) | {
        "sort_name": fold_name(record.display_name("en"))[:300],
        "insurance_limit_minor": insurance.limit_minor,
        "insurance_currency": insurance.currency,
        "insurance_until": insurance.until,
        "median_first_reply_hours": response.median_first_reply_hours if response else None,
        "replies_n": response.n if response else None,
    }


def language_values(provider_id: int, record: ProviderRecord) -> list[Values]:
    """Rows of the languages."""
    return [
        {"provider_id": provider_id, "position": position, "code": skill.code, "level": skill.level}
        for position, skill in enumerate(record.languages)
    ]


def field_mask(fields: Iterable[int]) -> int:
    """The fields as bits: bit n-1 stands for field n."""
    mask = 0
    for number in fields:
        mask |= 1 << (number - 1)
    return mask


def line_values(line_id: int, provider_id: int, position: int, line: ServiceLineRecord) -> Values:
    """The row of a service line."""
    return _values(line, _OF_LINE) | {
        "id": line_id,
        "provider_id": provider_id,
        "position": position,
        "field_mask": field_mask(line.fields),
        "state": line.vetting.state if line.vetting else None,
        "until": line.vetting.until if line.vetting else None,
    }


def line_office_values(line_id: int, provider_id: int, line: ServiceLineRecord) -> list[Values]:
    """Rows of the offices a line covers."""
    return [
        {
            "line_id": line_id,
            "position": position,
            "office": office,
            "service": line.service,
            "right": line.right,
            "provider_id": provider_id,
            "state": line.vetting.state if line.vetting else None,
            "until": line.vetting.until if line.vetting else None,
            "field_mask": field_mask(line.fields),
        }
        for position, office in enumerate(line.offices)
    ]


def credential_values(
    credential_id: int,
    credential: CredentialRecord,
    *,
    provider_id: int | None = None,
    person_id: int | None = None,
) -> Values:
    """The row of a credential held by a provider or a person."""
    return _values(credential, _OF_CREDENTIAL) | {
        "id": credential_id,
        "provider_id": provider_id,
        "person_id": person_id,
    }


def credential_office_values(credential_id: int, credential: CredentialRecord) -> list[Values]:
    """Rows of the offices a credential names."""
    return [
        {"credential_id": credential_id, "position": position, "office": office}
        for position, office in enumerate(credential.offices)
    ]


def track_record_values(provider_id: int, record: ProviderRecord) -> dict[Table, list[Values]]:
    """Rows of matters, outcomes and references, by table."""
    owner = {"provider_id": provider_id}
    return {
        MATTER: [_values(each, _OF_MATTER) | owner for each in record.matters],
        OUTCOME: [_values(each, _OF_OUTCOME) | owner for each in record.outcomes],
        REFERENCE: [_values(each, _OF_REFERENCE) | owner for each in record.references],
    }


# From rows


def compose(session: Session, ids: Sequence[int]) -> dict[int, ProviderRecord]:
    """Records put together from the rows, by provider id; ids that do not exist are left out.

    Equal to the stored snapshot of each; reading the snapshot is a tenth of the work.
    """
    children = {
        table: _by_provider(session, table, ids, order)
        for table, order in (
            (LANGUAGE, "position"), (LINE, "position"), (MATTER, "id"), (OUTCOME, "id"), (REFERENCE, "id"),
        )
    }  # fmt: skip
    offices = defaultdict(list)
    for row in session.execute(
        select(LINE_OFFICE.c.line_id, LINE_OFFICE.c.office)
        .where(LINE_OFFICE.c.provider_id.in_(ids))
        .order_by(LINE_OFFICE.c.line_id, LINE_OFFICE.c.position)
    ):
        offices[row.line_id].append(row.office)
    credentials = _credentials(session, CREDENTIAL.c.provider_id, ids)
    people = _people(session, ids)
    records = {}
    for row in session.execute(select(PROVIDER).where(PROVIDER.c.id.in_(ids))):
        insurance = InsuranceRecord(
            limit_minor=row.insurance_limit_minor,
            currency=row.insurance_currency,
            until=row.insurance_until,
        )
        records[row.id] = ProviderRecord(
            **_values(row, _OF_PROVIDER),
            languages=[LanguageSkill(each.code, each.level) for each in children[LANGUAGE][row.id]],
            service_lines=[_line(each, offices[each.id]) for each in children[LINE][row.id]],
            credentials=credentials[row.id],
            people=people[row.id],
            insurance=None if insurance == InsuranceRecord() else insurance,
            matters=[MatterRecord(**_values(each, _OF_MATTER)) for each in children[MATTER][row.id]],
            outcomes=[OutcomeRecord(**_values(each, _OF_OUTCOME)) for each in children[OUTCOME][row.id]],
            references=[
                ReferenceRecord(**_values(each, _OF_REFERENCE)) for each in children[REFERENCE][row.id]
            ],
            response=None
            if row.replies_n is None
            else ResponseRecord(median_first_reply_hours=row.median_first_reply_hours, n=row.replies_n),
        )
    return records


def compose_people(session: Session, person_ids: Sequence[int]) -> dict[str, PersonRecord]:
    """Persons with their credentials, by ref, without any affiliation."""
    credentials = _credentials(session, CREDENTIAL.c.person_id, person_ids)
    return {
        row.ref: PersonRecord(ref=row.ref, name=row.name, credentials=credentials[row.id])
        for row in session.execute(select(PERSON).where(PERSON.c.id.in_(person_ids)))
    }


def _by_provider(
    session: Session, table: Table, ids: Sequence[int], order: str
) -> Mapping[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    query = select(table).where(table.c.provider_id.in_(ids)).order_by(table.c.provider_id, table.c[order])
    for row in session.execute(query):
        found[row.provider_id].append(row)
    return found


def _credentials(session: Session, holder: Any, ids: Sequence[int]) -> Mapping[int, list[CredentialRecord]]:
    offices = defaultdict(list)
    query = (
        select(CREDENTIAL_OFFICE)
        .join(CREDENTIAL)
        .where(holder.in_(ids))
        .order_by(CREDENTIAL_OFFICE.c.position)
    )
    for row in session.execute(query.order_by(CREDENTIAL_OFFICE.c.position)):
        offices[row.credential_id].append(row.office)
    found: dict[int, list[CredentialRecord]] = defaultdict(list)
    for row in session.execute(select(CREDENTIAL).where(holder.in_(ids)).order_by(CREDENTIAL.c.id)):
        found[getattr(row, holder.name)].append(
            CredentialRecord(**_values(row, _OF_CREDENTIAL), offices=offices[row.id])
        )
    return found


def _people(session: Session, provider_ids: Sequence[int]) -> Mapping[int, list[PersonRecord]]:
    affiliations = session.execute(
        select(AFFILIATION.c.provider_id, AFFILIATION.c.confirmed, PERSON.c.id, PERSON.c.ref, PERSON.c.name)
        .join(PERSON)
        .where(AFFILIATION.c.provider_id.in_(provider_ids))
        .order_by(AFFILIATION.c.position)
    ).all()
    credentials = _credentials(session, CREDENTIAL.c.person_id, list({row.id for row in affiliations}))
    found: dict[int, list[PersonRecord]] = defaultdict(list)
    for row in affiliations:
        found[row.provider_id].append(
            PersonRecord(
                ref=row.ref,
                name=row.name,
                credentials=list(credentials[row.id]),
                affiliation_confirmed=row.confirmed,
            )
        )
    return found


def _line(row: Row[Any], offices: list[str]) -> ServiceLineRecord:
    vetting = None if row.state is None else LineVetting(state=row.state, until=row.until)
    return ServiceLineRecord(**_values(row, _OF_LINE), offices=offices, vetting=vetting)
