"""The steps of the eligibility table as SQL conditions: what `market.py` puts its queries together from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    SQLColumnExpression,
    Table,
    Text,
    and_,
    case,
    false,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from directory.models import (
    Affiliation,
    Credential,
    CredentialOffice,
    LineOffice,
    Provider,
    ProviderLanguage,
    ServiceLine,
)
from directory.rules.eligibility import (
    ACTIVE_STATUSES,
    CURRENT_STATES,
    LIFTABLE,
    MATTER_UNITS,
    OUT_REASONS,
    budget_ceilings,
    shared_languages,
    without_step,
)
from directory.taxonomy import (
    RESERVED_RIGHTS,
    RESERVED_SERVICES,
    Entitlement,
    Rate,
    entitlements,
    entitling_registers,
    is_reserved,
)
from directory.types import Brief

Condition: TypeAlias = ColumnElement[bool]
Identity: TypeAlias = SQLColumnExpression[int]

AUTHORITY_REASONS = frozenset({"not_instructable", "credential_not_active", "not_authorised"})
OFFER_REASONS = frozenset({"service_not_offered", "right_not_offered", "office_not_covered"})
"""Reasons that an offer would lift; authority is then asked for the wanted work, not for the line's own."""
RIGHT_REASONS = frozenset({"not_entitled_right", "right_not_offered"})

# One alias for each part a table plays in a condition; made once, because making them costs more than
# running a query.
PROVIDER = cast("Table", Provider.__table__)
_PROVIDER = PROVIDER.alias("candidate")
LINE = cast("Table", ServiceLine.__table__).alias("line")
_OFFICE = cast("Table", LineOffice.__table__).alias("at_office")
_CREDENTIAL = cast("Table", Credential.__table__).alias("held")
_REGISTER = _CREDENTIAL.c.register + literal("")
"""The empty text keeps databases from searching by register, whose entries are thousands."""
_NAMED = cast("Table", CredentialOffice.__table__).alias("named_office")
_STAFF = cast("Table", Affiliation.__table__).alias("staff")
_SKILL = cast("Table", ProviderLanguage.__table__).alias("skill")

RANKS: Mapping[str, int] = {reason: number for number, reason in enumerate(OUT_REASONS, start=1)}
"""Reasons why a line is out as numbers, so that the smallest of several lines is the reason."""


class Gates:
    """Conditions for one brief on one day.

    Parameters
    ----------
    brief : Brief
    today : date
    rates : mapping of str to Rate, optional
        Instead of the shipped reference rates.
    lacking : str, optional
        A reason of `LIFTABLE`. Then `eligible` holds of those who fail the step of this reason and no other.
    """

    def __init__(
        self,
        brief: Brief,
        today: dt.date,
        *,
        rates: Mapping[str, Rate] | None = None,
        lacking: str | None = None,
    ) -> None:
        if lacking is not None and lacking not in LIFTABLE:
            raise ValueError(f"nobody is a near miss for {lacking}")
        self.lacking = lacking
        self.brief = brief
        self.relaxed = without_step(brief, lacking)
        self._today = today
        self._ceilings = budget_ceilings(brief, rates)
        self._entitlements = [
            row
            for row in entitlements()
            if not row.services.isdisjoint(self.relaxed.services or row.services)
            and not row.offices.isdisjoint(self.relaxed.offices or row.offices)
        ]

    def eligible(self, provider: Identity) -> Condition:
        """Whether the provider of this id passes every step; with `lacking`, every other one."""
        kind = self.kind(_PROVIDER.c.kind)
        accepts: Condition = _PROVIDER.c.accepts_new.is_(True)
        gates: list[Condition] = [
            there_is(
                [_PROVIDER],
                _PROVIDER.c.id == provider,
                _PROVIDER.c.state == "published",
                not_(kind) if self.lacking == "kind_not_wanted" else kind,
                not_(accepts) if self.lacking == "not_accepting" else accepts,
            )
        ]
        if self.brief.languages:
            language = self.language(provider)
            gates.append(not_(language) if self.lacking == "language_not_shared" else language)
        gates.append(self.has_line(provider))
        # whose fees count for work that is not offered depends on who may do it: the rule says so later
        if self._ceilings and self.lacking not in OFFER_REASONS:
            budget = self.budget(provider)
            gates.append(not_(budget) if self.lacking == "budget_firm" else budget)
        # what is asked of near misses alone comes first: it is cheap, and turns most away
        return and_(*self._fails_line_step(provider), self._may_do_what_he_lacks(provider), *gates)

    def _may_do_what_he_lacks(self, provider: Identity) -> Condition:
        """Whether who lacks a service, right or office holds a credential that might entitle him to it.

        A first sieve only, so that a limit is not used up by those whom the rule then refuses.
        """
        wishes = (self.brief.services, self.brief.rights, self.brief.offices)
        wanted = list(product(*wishes))
        registers = [entitling_registers(*element) for element in wanted]
        if (
            self.lacking not in OFFER_REASONS
            or not wanted
            or not all(registers)
            or not all(is_reserved(service, right) for service, right, _ in wanted)
        ):
            return true()
        speaks = [
            _CREDENTIAL.c.checked_on.is_not(None),
            _REGISTER.in_(sorted(frozenset().union(*registers))),
            _CREDENTIAL.c.status.in_(sorted(ACTIVE_STATUSES)),
            _CREDENTIAL.c.instructable.is_(True),
        ]
        staff = and_(
            _STAFF.c.provider_id == provider, _STAFF.c.confirmed.is_(True), _STAFF.c.ended_on.is_(None)
        )
        return or_(
            there_is([_CREDENTIAL], _CREDENTIAL.c.provider_id == provider, *speaks),
            there_is([_STAFF, _CREDENTIAL], staff, _CREDENTIAL.c.person_id == _STAFF.c.person_id, *speaks),
        )

    def _fails_line_step(self, provider: Identity) -> list[Condition]:
        """The lacking step turned round, when it is one that narrows the lines."""
        wanted: list[Condition] = [LINE.c.provider_id == provider, self.wanted_service(LINE.c)]
        if self.lacking == "service_not_offered":
            return [not_(there_is([LINE], *wanted))]
        wanted.append(self.wanted_right(LINE.c))
        if self.lacking in RIGHT_REASONS:
            return [not_(there_is([LINE], *wanted))]
        wanted.append(self.at_wanted_office(LINE.c))
        if self.lacking == "office_not_covered":
            return [not_(there_is([LINE], *wanted))]
        if self.lacking in OUT_REASONS:
            return [not_(there_is([LINE], *wanted, self.current(LINE.c)))]
        if self.lacking in AUTHORITY_REASONS:
            return [not_(self._line_passes(provider, self.brief, authority=True))]
        return []

    # Lines

    def wanted_service(self, line: Any) -> Condition:
        """Step 3, of one line."""
        return among(line.service, self.brief.services)

    def wanted_right(self, line: Any) -> Condition:
        """Step 4, of one line."""
        return among(line.right, self.brief.rights)

    def at_wanted_office(self, line: Any) -> Condition:
        """Step 5, of one line."""
        if not self.brief.offices:
            return true()
        return there_is([_OFFICE], _OFFICE.c.line_id == line.id, among(_OFFICE.c.office, self.brief.offices))

    def out_rank(self, line: Any) -> ColumnElement[int]:
        """0 for a line that is in, else the rank of why it is out."""
        return case(
            (self.current(line), 0),
            (line.state.in_([*sorted(CURRENT_STATES), "expired"]), RANKS["vetting_lapsed"]),
            *((line.state == reason, RANKS[reason]) for reason in OUT_REASONS[:4]),
            else_=RANKS["not_vetted"],
        )

    def current(self, line: Any) -> Condition:
        """Whether a line is in."""
        vetted = and_(
            line.state.in_(sorted(CURRENT_STATES)), or_(line.until.is_(None), line.until >= self._today)
        )
        return or_(vetted, line.state == "verified") if self.brief.min_tier == "verified" else vetted

    def usable(self, line: Any) -> Condition:
        """Whether a line is in, or out for the reason that is lacking."""
        if self.lacking == "vetting_lapsed":
            return or_(self.current(line), line.state.in_([*sorted(CURRENT_STATES), "expired"]))
        if self.lacking == "not_vetted":
            unvetted = or_(line.state.is_(None), line.state.in_(["listed", "claimed", "verified"]))
            return or_(self.current(line), unvetted)
        return self.current(line)

    def has_line(self, provider: Identity, *conditions: Condition) -> Condition:
        """Whether a line passes steps 3 to 7 but the lacking one, and `conditions`, which speak of `LINE`."""
        authority = self.lacking not in AUTHORITY_REASONS | OFFER_REASONS
        return self._line_passes(provider, self.relaxed, *conditions, authority=authority)

    def _line_passes(
        self, provider: Identity, brief: Brief, *conditions: Condition, authority: bool
    ) -> Condition:
        there = [_OFFICE.c.line_id == LINE.c.id, among(_OFFICE.c.office, brief.offices)]
        if authority:
            there.append(self._allowed(_OFFICE.c))
        at_office = there_is([_OFFICE], *there)
        if not brief.offices:
            at_office = or_(not_(_reserved(LINE.c, brief)), at_office) if authority else true()
        return there_is(
            [LINE],
            LINE.c.provider_id == provider,
            among(LINE.c.service, brief.services),
            among(LINE.c.right, brief.rights),
            self.usable(LINE.c),
            at_office,
            *conditions,
        )

    # Authority

    def _allowed(self, office: Any) -> Condition:
        """Whether the work of a line at an office may be done: unreserved, uncheckable, or entitled to."""
        services = self.relaxed.services or RESERVED_SERVICES
        if RESERVED_SERVICES.isdisjoint(services) or not self._entitlements:
            return true()
        checkable = or_(*(self._covers(row, office) for row in self._entitlements))
        reserved = and_(_reserved(office, self.relaxed), checkable)
        return or_(not_(reserved), self._entitled(office, acting=True))

    def _covers(self, row: Entitlement, office: Any, right: str | None = None) -> Condition:
        """Whether an entitlement speaks of a line's service and office, and of `right` or the line's own."""
        covers = and_(
            _one_of(office.service, row.services, self.relaxed.services),
            _one_of(office.office, row.offices, self.relaxed.offices),
        )
        if row.rights is None or right in row.rights:
            return covers
        if right is not None:
            return false()
        return and_(covers, _one_of(office.right, row.rights, self.relaxed.rights))

    def _entitled(
        self, office: Any, *, right: str | None = None, acting: bool = False, instructable: bool = False
    ) -> Condition:
        """Whether a checked credential speaks of a line's work at an office.

        Parameters
        ----------
        office : columns of `line_office`
        right : str, optional
            Asks of this right instead of the line's own.
        acting : bool
            Only a credential that entitles: active, its holder instructable.
        instructable : bool
            Only one whose holder can be instructed, active or not.
        """
        rights = type_coerce(_CREDENTIAL.c.rights, Text)
        wanted: ColumnElement[str] = office.right if right is None else literal(right)
        speaks = [
            _CREDENTIAL.c.checked_on.is_not(None),
            or_(
                false(),
                *(
                    and_(_REGISTER == row.register, self._covers(row, office, right))  # noqa: SIM300
                    for row in self._entitlements
                ),
            ),
            # codes hold no quotes, and no two differ only where one has the wildcard "_"
            or_(rights.is_(None), rights == "[]", rights.like(literal('%"') + wanted + literal('"%'))),
            there_is([_NAMED], _NAMED.c.credential_id == _CREDENTIAL.c.id, _NAMED.c.office == office.office),
        ]
        if acting:
            speaks.append(_CREDENTIAL.c.status.in_(sorted(ACTIVE_STATUSES)))
        if acting or instructable:
            speaks.append(_CREDENTIAL.c.instructable.is_(True))
        confirmed = and_(
            _STAFF.c.provider_id == office.provider_id,
            _STAFF.c.confirmed.is_(True),
            _STAFF.c.ended_on.is_(None),
        )
        return or_(
            there_is([_CREDENTIAL], _CREDENTIAL.c.provider_id == office.provider_id, *speaks),
            there_is(
                [_STAFF, _CREDENTIAL], confirmed, _CREDENTIAL.c.person_id == _STAFF.c.person_id, *speaks
            ),
        )

    def has_credential(self, provider: Identity, *, instructable: bool = False) -> Condition:
        """Step 7: whether entitling credentials exist for the lines that came so far."""
        entitled = self._entitled(_OFFICE.c, instructable=instructable)
        return there_is(
            [LINE],
            LINE.c.provider_id == provider,
            self.wanted_service(LINE.c),
            self.wanted_right(LINE.c),
            self.current(LINE.c),
            self._at_office(entitled),
        )

    def is_barred(self) -> Condition:
        """Step 4: a lawyer who does wanted reserved work at a wanted office, for other rights only."""
        services = sorted(RESERVED_SERVICES.intersection(self.brief.services or RESERVED_SERVICES))
        if not services or not self.brief.rights:
            return false()
        offers = [LINE.c.provider_id == PROVIDER.c.id, LINE.c.service.in_(services)]
        entitled = or_(*(self._entitled(_OFFICE.c, right=right, acting=True) for right in self.brief.rights))
        return and_(
            PROVIDER.c.kind == "lawyer",
            there_is([LINE], *offers, self._at_office()),
            not_(there_is([LINE], *offers, self._at_office(entitled))),
        )

    def _at_office(self, *conditions: Condition) -> Condition:
        """Whether `LINE` names a wanted office, of which `conditions` hold too.

        Always asked from a line on: by itself, `line_office` would be searched by service instead.
        """
        wanted = among(_OFFICE.c.office, self.brief.offices)
        return there_is([_OFFICE], _OFFICE.c.line_id == LINE.c.id, wanted, *conditions)

    # The provider

    def kind(self, column: Any) -> Condition:
        """Step 8."""
        return among(column, self.brief.kinds)

    def language(self, provider: Identity) -> Condition:
        """Step 9."""
        if not self.brief.languages:
            return true()
        spoken = sorted(shared_languages(self.brief.languages))
        return there_is([_SKILL], _SKILL.c.provider_id == provider, _SKILL.c.code.in_(spoken))

    def budget(self, provider: Identity) -> Condition:
        """Step 10: no fee that can be compared, or one within the budget."""
        if not self._ceilings:
            return true()
        ceiling = case(self._ceilings, value=LINE.c.currency, else_=null())
        units = or_(LINE.c.fee_unit.is_(None), LINE.c.fee_unit.in_([unit for unit in MATTER_UNITS if unit]))
        comparable = and_(units, LINE.c.fee_min_minor.is_not(None), ceiling.is_not(None))
        fits = and_(comparable, LINE.c.fee_min_minor <= ceiling)
        return or_(not_(self.has_line(provider, comparable)), self.has_line(provider, fits))


def there_is(rows: Sequence[FromClause], *conditions: Condition) -> Condition:
    """Whether there are such rows. Everything else the conditions name belongs to the queries around.

    Said explicitly, because SQLAlchemy by itself looks only one query outwards.
    """
    return select(literal(1)).select_from(*rows).where(*conditions).correlate_except(*rows).exists()


def among(column: Any, wanted: Sequence[str]) -> Condition:
    """Whether a code is one of the wanted ones; any is when none is named."""
    return column.in_(list(dict.fromkeys(wanted))) if wanted else true()


def _reserved(line: Any, brief: Brief) -> Condition:
    return and_(
        _one_of(line.service, RESERVED_SERVICES, brief.services),
        _one_of(line.right, RESERVED_RIGHTS, brief.rights),
    )


def _one_of(column: Any, codes: frozenset[str], wanted: Sequence[str]) -> Condition:
    """Whether a code, itself one of `wanted`, is one of `codes`; not asked where `wanted` says so already."""
    if wanted and codes.issuperset(wanted):
        return true()
    return cast("Condition", column.in_(sorted(codes)))
