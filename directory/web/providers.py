"""The public page of a provider: each fact with whose word it is, and from when."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for

from directory import taxonomy
from directory.errors import NotFound
from directory.i18n import noted
from directory.rules import listing, track_record
from directory.rules.permissions import Access
from directory.store import providers as store
from directory.types import CredentialRecord, ProviderRecord, ServiceLineRecord, text_in
from directory.web.language import current_language, label
from directory.web.markup import markdown
from directory.web.services import services

blueprint = Blueprint("providers", __name__)

ACCESS = {"providers.show": Access.PUBLIC}

_LAWYER_LICENCE = re.compile(r"1\d{16}")
"""A Chinese lawyer's licence number: one of its digits tells the sex, so it is never shown whole."""


@dataclass(frozen=True)
class Line:
    """A service line as the page shows it."""

    service: str
    right: str
    offices: list[str]
    technology: list[str]
    nice: list[int]
    purposes: list[str]
    state: str
    until: dt.date | None
    fee_model: str | None
    fee_min_minor: int | None
    fee_max_minor: int | None
    currency: str | None
    fee_unit: str | None
    rate_percent: float | None


@blueprint.get("/providers/<ref>")
def show(ref: str):
    """The page of a listable provider; any other looks as if it did not exist."""
    with services().reading() as session:
        stored = store.by_refs(session, [ref]).get(ref)
    if stored is None or not listing.listable(stored.record):
        raise NotFound
    today = services().clock.today()
    language = current_language()
    record = listing.public_record(stored.record, today)
    name = record.display_name(language)
    summary_language = next(
        (code for code in (language, "en", "zh-Hans", "zh-Hant") if record.summary.get(code)), language
    )
    best = listing.tier(record, today)
    return render_template(
        "providers/show.html",
        record=record,
        name=name,
        place=taxonomy.seat(record.city, record.country, language),
        other_names=[(code, text) for code, text in record.name.items() if text != name],
        summary=markdown(text_in(record.summary, language)),
        summary_language=summary_language,
        lines=[_line(each) for each in record.service_lines],
        credentials=[(each, shown_number(each)) for each in record.credentials],
        people=[
            (person, [(each, shown_number(each)) for each in person.credentials]) for person in record.people
        ],
        outcomes=track_record.shown_outcomes(record.outcomes),
        references=track_record.reference_summaries(record.references),
        updated=stored.updated_at,
        unclaimed=best in (None, "listed"),
        structured=structured_data(record, language),
    )


def _line(line: ServiceLineRecord) -> Line:
    language = current_language()
    return Line(
        service=label("service", line.service),
        right=label("right", line.right),
        offices=[noted(label("office", code), code, language) for code in line.offices],
        technology=[taxonomy.label("field", code, language) for code in line.fields],
        nice=line.nice,
        purposes=[label("purpose", code) for code in line.purposes],
        state=line.vetting.state if line.vetting else "listed",
        until=line.vetting.until if line.vetting else None,
        fee_model=line.fee_model,
        fee_min_minor=line.fee_min_minor,
        fee_max_minor=line.fee_max_minor,
        currency=line.currency,
        fee_unit=line.fee_unit or "matter",
        rate_percent=line.rate_percent,
    )


def shown_number(credential: CredentialRecord) -> str:
    """A credential's number as the public may see it."""
    if credential.register == "CN_LAW_FIRM" and _LAWYER_LICENCE.fullmatch(credential.number):
        return f"{credential.number[:5]}…{credential.number[-2:]}"
    return credential.number


def structured_data(record: ProviderRecord, language: str) -> dict[str, object]:
    """The facts for search engines, in schema.org's words; nothing in it is not on the page too."""
    kind = "LegalService" if record.kind == "lawyer" else "ProfessionalService"
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": record.display_name(language),
        "alternateName": sorted({*record.name.values(), *record.aliases} - {record.display_name(language)}),
        "url": url_for("providers.show", ref=record.ref, _external=True),
        "address": {
            "@type": "PostalAddress",
            "addressLocality": record.city,
            "addressCountry": record.country,
        },
        "areaServed": sorted({office for line in record.service_lines for office in line.offices}),
        "knowsLanguage": [skill.code for skill in record.languages],
    }
    return {key: value for key, value in data.items() if value}
