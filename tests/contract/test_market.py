"""The eligibility table in SQL says of every provider what the rule says, on both databases."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from directory.db import Base, connect, sessions, writing_sessions
from directory.rules.eligibility import LIFTABLE, elements, fits_element, judge, out_reason
from directory.store import market, providers
from directory.store.provider_writes import put
from directory.store.unit_of_work import UnitOfWork
from directory.types import (
    Brief,
    CredentialRecord,
    LanguageSkill,
    LineVetting,
    PersonRecord,
    ProviderRecord,
    ServiceLineRecord,
    StoredProvider,
)

TODAY = dt.date(2026, 12, 1)
NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)

# Few codes, so that random needs and providers meet; each has what makes a step of the table interesting:
# reserved and free services, a right that is never reserved, offices none, one or several registers.
SERVICES = ["DRAFT", "PROS", "LITI", "VAL", "FIN", "STRAT"]
RIGHTS = ["patent", "utility_model", "trademark", "copyright"]
OFFICES = ["CN", "EP", "DE", "HK", "EM"]
REGISTERS = ["CNIPA_AGENCY", "CN_LAW_FIRM", "EPO_LIST", "DPMA", "DE_BAR", "HK_LAW_SOCIETY", "EUIPO"]
STATES = ["vetted"] * 4 + [
    "vetted_outcomes", "expired", "verified", "listed", "claimed", "suspended", "restricted", "removed",
    "under_review",
]  # fmt: skip
LANGUAGES = ["zh-Hans", "zh-Hant", "yue", "en", "de"]
CURRENCIES = ["CNY", "EUR", "JPY", "VND", "PLN"]
PURPOSES = ["pledge", "abs", "licence"]


def _some(rng: random.Random, pool: list[str], most: int, least: int = 0) -> list[str]:
    return rng.sample(pool, rng.randint(least, most))


def _credential(rng: random.Random) -> CredentialRecord:
    return CredentialRecord(
        register=rng.choice(REGISTERS),
        number="99001",
        status=rng.choice(["active", "active", "active", "active_restricted", "inactive", "suspended", None]),
        offices=_some(rng, OFFICES, 3, 1),
        rights=_some(rng, RIGHTS, 2) if rng.random() < 0.3 else [],
        instructable=rng.choice([True, True, True, False, None]),
        checked_on=dt.date(2026, 11, 1) if rng.random() < 0.85 else None,
    )


def _line(rng: random.Random) -> ServiceLineRecord:
    state = rng.choice(STATES)
    until = rng.choice([None, TODAY, TODAY - dt.timedelta(1), TODAY + dt.timedelta(90)])
    return ServiceLineRecord(
        service=rng.choice(SERVICES),
        right=rng.choice(RIGHTS),
        offices=_some(rng, OFFICES, 3),
        fields=rng.sample(range(1, 36), rng.randint(0, 3)),
        fee_min_minor=rng.choice([None, 1_000, 100_000, 2_000_000]),
        fee_unit=rng.choice([None, None, "matter", "hour"]),
        currency=rng.choice(CURRENCIES),
        purposes=_some(rng, PURPOSES, 2),
        vetting=LineVetting(state, until) if rng.random() < 0.95 else None,
    )


def _provider(rng: random.Random, number: int) -> ProviderRecord:
    return ProviderRecord(
        ref=f"R{number}",
        form="organisation",
        kind=rng.choice(["lawyer", "lawyer", "consultant", "administrator"]),
        name={"en": f"Invented {number}"},
        country="CN",
        languages=[LanguageSkill(code) for code in _some(rng, LANGUAGES, 3)],
        service_lines=[_line(rng) for _ in range(rng.randint(0, 4))],
        credentials=[_credential(rng) for _ in range(rng.randint(0, 2))],
        people=[
            PersonRecord(
                ref=f"R{number}-{who}",
                name={"en": f"Person {number} {who}"},
                credentials=[_credential(rng) for _ in range(rng.randint(0, 2))],
                affiliation_confirmed=rng.random() < 0.7,
            )
            for who in range(rng.randint(0, 2))
        ],
        accepts_new=rng.random() < 0.9,
        state=rng.choice(["published"] * 9 + ["unpublished"]),
    )


def _brief(rng: random.Random) -> Brief:
    budget = rng.random() < 0.4
    return Brief(
        services=_some(rng, SERVICES, 2),
        rights=_some(rng, RIGHTS, 2),
        offices=_some(rng, OFFICES, 2),
        fields=rng.sample(range(1, 36), rng.randint(0, 2)),
        languages=_some(rng, LANGUAGES, 2) if rng.random() < 0.5 else [],
        kinds=["lawyer"] if rng.random() < 0.2 else [],
        budget_max_minor=rng.choice([900, 90_000, 1_500_000]) if budget else None,
        currency=rng.choice([*CURRENCIES, None]) if budget else None,
        budget_firm=budget,
        purposes=_some(rng, PURPOSES, 1),
        min_tier=rng.choice(["vetted", "vetted", "verified"]),
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('market') / 'market.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    engine = connect(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    rng = random.Random(20261201)
    with UnitOfWork(writing_sessions(engine), now=lambda: NOW, audit_key="k") as uow:
        put(uow, [_provider(rng, number) for number in range(400)], now=NOW)
        uow.commit()
    with sessions(engine)() as reading:
        yield reading
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def stored(session: Session) -> list[StoredProvider]:
    return [provider for batch in providers.stream(session) for provider in batch]


BRIEFS = [_brief(random.Random(seed)) for seed in range(40)]


def test_every_provider_has_the_reason_of_the_rule(session: Session, stored: list[StoredProvider]) -> None:
    seen: Counter[str | None] = Counter()
    for brief in BRIEFS:
        expected = {provider.record.ref: judge(provider.record, brief, TODAY).reason for provider in stored}
        refused = {ref: reason for ref, reason in expected.items() if reason}
        assert dict(market.refusals(session, brief, TODAY)) == refused, brief
        assert market.counts(session, brief, TODAY) == Counter(refused.values()), brief
        assert market.eligible(session, brief, TODAY) == [
            provider.id for provider in stored if expected[provider.record.ref] is None
        ]
        seen.update(expected.values())
    assert set(seen) == {
        None,
        *LIFTABLE,
        "not_published",
        "suspended",
        "restricted",
        "removed",
        "under_review",
    }


def test_eligible_can_be_asked_of_some(session: Session, stored: list[StoredProvider]) -> None:
    some = [provider.id for provider in stored[::3]]
    for brief in BRIEFS[:30]:
        whole = set(market.eligible(session, brief, TODAY))
        assert market.eligible(session, brief, TODAY, within=some) == sorted(whole.intersection(some))


def test_first_eligible_finds_everybody_of_an_element(session: Session, stored: list[StoredProvider]) -> None:
    for brief in BRIEFS:
        verdicts = {provider.id: judge(provider.record, brief, TODAY) for provider in stored}
        eligible = {identity for identity, verdict in verdicts.items() if verdict.reason is None}
        found: set[int] = set()
        nearest = market.first_eligible(session, brief, TODAY, elements(brief), limit=1000, seed=7)
        for element in elements(brief):
            ids = nearest[element]
            assert len(ids) == len(set(ids))
            assert eligible.issuperset(ids), brief
            covering = {
                identity
                for identity in eligible
                if any(fits_element(each, element) for each in verdicts[identity].covers)
            }
            assert covering.issubset(ids), (brief, element)
            found.update(ids)
        assert found == eligible, brief


def test_near_misses_fail_the_lacking_step_alone(session: Session, stored: list[StoredProvider]) -> None:
    named = 0
    for brief in BRIEFS[:20]:
        refused = {provider.id: judge(provider.record, brief, TODAY).reason for provider in stored}
        for lacking in LIFTABLE:
            expected = {
                provider.id
                for provider in stored
                if refused[provider.id] == lacking
                and judge(provider.record, brief, TODAY, skip=lacking).reason is None
            }
            nearest = market.first_eligible(
                session, brief, TODAY, elements(brief), limit=1000, seed=7, lacking=lacking
            )
            found = {identity for ids in nearest.values() for identity in ids}
            assert expected.issubset(found), (brief, lacking, expected - found)
            named += len(expected)
    assert named > 50


def test_all_fields_come_before_some_before_an_unknown_one_before_a_wrong_one(
    session: Session, stored: list[StoredProvider]
) -> None:
    brief = Brief(services=["STRAT"], fields=[1, 2, 3, 4, 5])
    ids = market.first_eligible(session, brief, TODAY, [("STRAT", "*", "*")], limit=1000, seed=1)
    records = {provider.id: provider.record for provider in stored}

    def nearness(identity: int) -> int:
        lines = [
            line
            for line in records[identity].service_lines
            if line.service == "STRAT" and out_reason(line, TODAY) is None
        ]
        return max(
            2 if set(brief.fields) & set(line.fields) else 1 if not line.fields else 0 for line in lines
        )

    found = [nearness(identity) for identity in ids["STRAT", "*", "*"]]
    assert set(found) == {0, 1, 2}
    assert found == sorted(found, reverse=True)


def test_ties_are_spread_by_the_seed(session: Session) -> None:
    brief = Brief(services=["STRAT"])
    element = ("STRAT", "*", "*")
    orders = {
        tuple(market.first_eligible(session, brief, TODAY, [element], limit=1000, seed=seed)[element])
        for seed in (1_234_567_891, 3_141_592_653)
    }
    assert len(orders) == 2
    assert len({frozenset(order) for order in orders}) == 1
