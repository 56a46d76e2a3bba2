"""Who may be matched to a need, and the one reason why somebody may not.

The table "Eligibility" of the exchange formats, step by step. `store/market.py` says the same in SQL over
the whole market; this is the rule, and every record is judged by it again when it is read.

Where the table leaves a choice, we chose:

- A credential of which nobody knows whether its holder can be instructed does not entitle: unknown is no
  permission (a registered in-house attorney cannot be instructed).
- A credential without `checked_on` is the holder's own word and counts as none at all.
- A need that names no office asks for work anywhere; a line without offices then passes for unreserved work,
  and for reserved work has no office at which its holder could be entitled.
- Skipping a step (for near misses) treats its reason as lifted: a lapsed line as current, a missing
  credential as there, a wish as not made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from directory.taxonomy import (
    RESERVED_SERVICES,
    Rate,
    entitling_registers,
    is_reserved,
    minor_digits,
    reference_rates,
)
from directory.types import Brief, CredentialRecord, Element, ProviderRecord, ServiceLineRecord

ANY = "*"
"""Stands in an element for a dimension that the need leaves open."""

OUT_REASONS: tuple[str, ...] = (
    "suspended", "restricted", "removed", "under_review", "vetting_lapsed", "not_vetted",
)  # fmt: skip
"""Why a line can be out; where lines differ, the first of this list is the reason."""

REASONS: tuple[str, ...] = (
    "not_published", *OUT_REASONS, "service_not_offered", "not_entitled_right", "right_not_offered",
    "office_not_covered", "not_instructable", "credential_not_active", "not_authorised", "kind_not_wanted",
    "language_not_shared", "budget_firm", "not_accepting",
)  # fmt: skip

NEVER_NAMED = frozenset({"not_published", "suspended", "restricted", "removed", "under_review"})
"""Reasons that an owner sees counted only."""

LIFTABLE: tuple[str, ...] = tuple(reason for reason in REASONS if reason not in NEVER_NAMED)
"""Reasons whose providers may be named as near misses."""

CURRENT_STATES = frozenset({"vetted", "vetted_outcomes"})
ACTIVE_STATUSES = frozenset({"active", "active_restricted"})
CHINESE = frozenset({"zh-Hans", "zh-Hant"})
PURPOSED_SERVICES = frozenset({"VAL", "FIN", "TRADE"})
MATTER_UNITS = (None, "matter")
"""A fee without a unit is one for a matter."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the table says of one provider and one need.

    Attributes
    ----------
    reason : str or None
        The reason code; None means eligible.
    lines : tuple of int
        Positions of the service lines that pass every step; empty unless eligible.
    covers : tuple of Element
        The elements these lines cover, purposes considered; in the order of the record.
    unchecked : tuple of Element
        Those of them that are reserved work for which no register could be checked.
    """

    reason: str | None
    lines: tuple[int, ...] = ()
    covers: tuple[Element, ...] = ()
    unchecked: tuple[Element, ...] = ()


def elements(brief: Brief) -> tuple[Element, ...]:
    """The parts a need has, service x right x office; `ANY` stands for a dimension it leaves open."""
    return tuple(
        (service, right, office)
        for service in dict.fromkeys(brief.services or [ANY])
        for right in dict.fromkeys(brief.rights or [ANY])
        for office in dict.fromkeys(brief.offices or [ANY])
    )


def fits_element(covered: Element, wanted: Element) -> bool:
    """Whether covering `covered` covers `wanted`, whose `ANY` every code fits."""
    return all(there in (ANY, here) for here, there in zip(covered, wanted, strict=True))


def out_reason(line: ServiceLineRecord, today: dt.date, min_tier: str = "vetted") -> str | None:
    """Why a line is out; None when it is in.

    Parameters
    ----------
    line : ServiceLineRecord
    today : date
        A vetting holds on its last day.
    min_tier : str
        "verified" takes verified lines too.
    """
    state = line.vetting.state if line.vetting else "listed"
    if state in CURRENT_STATES:
        assert line.vetting is not None
        until = line.vetting.until
        return None if until is None or until >= today else "vetting_lapsed"
    if state == "expired":
        return "vetting_lapsed"
    if state == "verified" and min_tier == "verified":
        return None
    return state if state in OUT_REASONS else "not_vetted"


def shared_languages(codes: Iterable[str]) -> frozenset[str]:
    """The codes that count as one of `codes`: both Chinese scripts are one language, Cantonese is another."""
    given = frozenset(codes)
    return given | CHINESE if given & CHINESE else given


def budget_ceilings(brief: Brief, rates: Mapping[str, Rate] | None = None) -> dict[str, int]:
    """The highest fee within the budget in each currency that can be compared, in its minor unit.

    Exact fractions, so that the rule and SQL compare the same whole numbers. Empty when the budget
    is not firm, not known, or in a currency without a rate (then its own currency alone compares).
    """
    if not brief.budget_firm or brief.budget_max_minor is None or brief.currency is None:
        return {}
    per_minor = {
        code: Fraction(str(rate.cny_per_unit)) / 10 ** minor_digits(code)
        for code, rate in (reference_rates() if rates is None else rates).items()
    }
    ceilings = {brief.currency: brief.budget_max_minor}
    if brief.currency in per_minor:
        budget = brief.budget_max_minor * per_minor[brief.currency]
        ceilings |= {code: int(budget // value) for code, value in per_minor.items() if value > 0}
    return ceilings


def without_step(brief: Brief, reason: str | None) -> Brief:
    """The brief without the wish that the step of this reason asks about, if it asks about one."""
    dropped: dict[str, dict[str, object]] = {
        "service_not_offered": {"services": []},
        "not_entitled_right": {"rights": []},
        "right_not_offered": {"rights": []},
        "office_not_covered": {"offices": []},
        "kind_not_wanted": {"kinds": []},
        "language_not_shared": {"languages": []},
        "budget_firm": {"budget_firm": False},
    }
    return msgspec.structs.replace(brief, **dropped[reason]) if reason in dropped else brief


def judge(
    record: ProviderRecord,
    brief: Brief,
    today: dt.date,
    *,
    rates: Mapping[str, Rate] | None = None,
    skip: str | None = None,
) -> Verdict:
    """The verdict of the table on one provider for one need.

    Parameters
    ----------
    record : ProviderRecord
    brief : Brief
    today : date
    rates : mapping of str to Rate, optional
        Instead of the shipped reference rates.
    skip : str, optional
        A reason code to take as lifted: "would he be eligible but for this?"

    Returns
    -------
    Verdict
        With the first reason in the order of the table, or the lines that are left and what they cover.
    """
    asked, brief = brief, without_step(brief, skip)
    if record.state != "published":
        return Verdict("not_published")
    lines = list(enumerate(record.service_lines))
    out = [_lifted(out_reason(line, today, brief.min_tier), skip) for _, line in lines]
    if lines and all(out):
        return Verdict(_first_out(out))

    offered = [(i, line) for i, line in lines if not brief.services or line.service in brief.services]
    if not offered:
        return Verdict("service_not_offered")
    for_right = [(i, line) for i, line in offered if not brief.rights or line.right in brief.rights]
    if not for_right:
        barred = record.kind == "lawyer" and _is_barred(record, brief, [line for _, line in offered])
        return Verdict("not_entitled_right" if barred else "right_not_offered")
    there = [(i, line) for i, line in for_right if not brief.offices or _offices(line, brief)]
    if not there:
        return Verdict("office_not_covered")
    current = [(i, line) for i, line in there if out[i] is None]
    if not current:
        return Verdict(_first_out([out[i] for i, _ in there]))

    authority = _Authority(record, skip)
    left = [(i, line) for i, line in current if authority.allows(_work(line, asked, skip))]
    if not left:
        return Verdict(authority.refusal(each for _, line in current for each in _work(line, asked, skip)))
    if brief.kinds and record.kind not in brief.kinds:
        return Verdict("kind_not_wanted")
    spoken = {skill.code for skill in record.languages}
    if brief.languages and spoken.isdisjoint(shared_languages(brief.languages)):
        return Verdict("language_not_shared")
    ceilings = budget_ceilings(brief, rates)
    fits = [
        line.fee_min_minor <= ceilings[line.currency]
        for _, line in left
        if line.fee_min_minor is not None and line.fee_unit in MATTER_UNITS and line.currency in ceilings
    ]
    if fits and not any(fits):
        return Verdict("budget_firm")
    if not record.accepts_new and skip != "not_accepting":
        return Verdict("not_accepting")
    covers, unchecked = _coverage(left, brief, authority)
    return Verdict(None, tuple(i for i, _ in left), covers, unchecked)


def entitling(record: ProviderRecord, element: Element) -> Iterator[CredentialRecord]:
    """The checked credentials whose register and own entry speak of this work, whatever their status.

    Those of the provider first, then those of people who confirmed that they work there.
    """
    service, right, office = element
    registers = entitling_registers(service, right, office)
    if not registers:
        return
    for credential in _credentials(record):
        if (
            credential.register in registers
            and office in credential.offices
            and (not credential.rights or right in credential.rights)
        ):
            yield credential


def entitles(credential: CredentialRecord) -> bool:
    """Whether an entitling credential can be acted on: active, and its holder can be instructed."""
    return credential.status in ACTIVE_STATUSES and credential.instructable is True


def covers_purpose(line: ServiceLineRecord, purposes: Sequence[str]) -> bool:
    """Whether the purposes of line and need agree: none on both sides, or one shared.

    Asked of VAL, FIN and TRADE lines; for other services purposes say nothing.
    """
    if line.service not in PURPOSED_SERVICES:
        return True
    if not line.purposes and not purposes:
        return True
    return not set(line.purposes).isdisjoint(purposes)


def _lifted(reason: str | None, skip: str | None) -> str | None:
    return None if reason == skip else reason


def _first_out(reasons: Iterable[str | None]) -> str:
    return min((reason for reason in reasons if reason), key=OUT_REASONS.index)


def _offices(line: ServiceLineRecord, brief: Brief) -> list[str]:
    """The wanted offices that a line names; all it names when any will do."""
    return [office for office in line.offices if not brief.offices or office in brief.offices]


def _work(
    line: ServiceLineRecord, brief: Brief, skip: str | None
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """The wanted work that a line stands for: what it names, but what is wanted where a step is skipped.

    Who would only have to offer the service, right or office must be entitled to it already: else offering
    it would not lift the refusal.
    """
    for service in brief.services if skip == "service_not_offered" else (line.service,):
        for right in brief.rights if skip == "right_not_offered" else (line.right,):
            yield service, right, brief.offices if skip == "office_not_covered" else _offices(line, brief)


def _credentials(record: ProviderRecord) -> Iterator[CredentialRecord]:
    for credential in record.credentials:
        if credential.checked_on is not None:
            yield credential
    for person in record.people:
        if person.affiliation_confirmed:
            for credential in person.credentials:
                if credential.checked_on is not None:
                    yield credential


def _is_barred(record: ProviderRecord, brief: Brief, offered: Iterable[ServiceLineRecord]) -> bool:
    """Whether he does wanted reserved work at a wanted office, but may not do it for any wanted right."""
    at = {
        (line.service, office)
        for line in offered
        if line.service in RESERVED_SERVICES
        for office in _offices(line, brief)
    }
    return bool(at) and not any(
        entitles(credential)
        for service, office in at
        for right in brief.rights
        for credential in entitling(record, (service, right, office))
    )


class _Authority:
    """Which reserved work a provider may do."""

    def __init__(self, record: ProviderRecord, skip: str | None) -> None:
        self._record = record
        self._skip = skip

    def of(self, element: Element) -> str | None:
        """None when the work may be done; else why not."""
        service, right, office = element
        if not is_reserved(service, right) or not entitling_registers(service, right, office):
            return None
        credentials = list(entitling(self._record, element))
        if any(entitles(credential) for credential in credentials):
            return None
        return _lifted(_why_not(credentials), self._skip)

    def allows(self, work: Iterable[tuple[str, str, Sequence[str]]]) -> bool:
        """Whether some of this work (service, right, offices) may be done at one of its offices."""
        return any(
            not is_reserved(service, right)
            or any(self.of((service, right, office)) is None for office in offices)
            or (not offices and self._skip == "not_authorised")
            for service, right, offices in work
        )

    def refusal(self, work: Iterable[tuple[str, str, Sequence[str]]]) -> str:
        """Why none of this work is allowed, all the entitling credentials for it seen together."""
        return _why_not(
            [
                credential
                for service, right, offices in work
                for office in offices
                for credential in entitling(self._record, (service, right, office))
            ]
        )


def _why_not(credentials: Sequence[CredentialRecord]) -> str:
    """Why none of these credentials, of which none entitles, does."""
    if not credentials:
        return "not_authorised"
    if not any(credential.instructable for credential in credentials):
        return "not_instructable"
    return "credential_not_active"


def _coverage(
    left: Sequence[tuple[int, ServiceLineRecord]], brief: Brief, authority: _Authority
) -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    covers: dict[Element, bool] = {}
    for _, line in left:
        if not covers_purpose(line, brief.purposes):
            continue
        for office in _offices(line, brief):
            element = (line.service, line.right, office)
            if authority.of(element) is None:
                covers[element] = is_reserved(*element[:2]) and not entitling_registers(*element)
    return tuple(covers), tuple(element for element, unchecked in covers.items() if unchecked)
