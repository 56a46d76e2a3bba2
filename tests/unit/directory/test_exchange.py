"""Rows of the exchange formats: what is taken, what is refused, and how an error names it."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.demo import market, market_1
from directory.errors import RowErrors, RowProblem
from directory.rules.exchange import (
    LONGEST_ROW,
    Row,
    read_judgement,
    read_need,
    read_provider,
    read_rows,
    shown,
    whole,
)
from directory.types import NeedRecord, ProviderRecord

DAY = dt.date(2026, 12, 1)
MINIMAL = {
    "ref": "A",
    "form": "organisation",
    "kind": "lawyer",
    "name": {"en": "Amber Quill"},
    "country": "CN",
}
LINE = {"service": "PROS", "right": "patent", "offices": ["CN"]}


def refused(
    data: dict, stored: ProviderRecord | None = None, *, own: bool = False
) -> list[tuple[str, object, str]]:
    with pytest.raises(RowErrors) as error:
        read_provider(data, stored, own=own)
    return [(problem.key, problem.value, problem.reason) for problem in error.value.problems]


# Lines of a file


def rows(*lines: bytes) -> list[Row | RowProblem]:
    return list(read_rows(lines))


def test_rows_keep_their_line_numbers_over_blank_lines_and_a_byte_order_mark():
    assert rows(b'\xef\xbb\xbf{"a": 1}\n', b"\n", b"  \r\n", b'{"b": 2}') == [
        Row(1, {"a": 1}),
        Row(4, {"b": 2}),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b'{"ref": "\xff"}', b"[1, 2]", b'"text"', b"null", b"{", b'{"a": NaN}', b'{"a": 1e400}', b"{} {}",
        b"\x00",
        b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a": ' * 100_000, b'\xef\xbb\xbf{"bom": "again"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_row_is_a_problem_and_the_next_one_is_read(line: bytes):
    bad, good = rows(b"\n", line, b'{"ref": "A"}')[0:2]
    assert isinstance(bad, RowProblem)
    assert (bad.line, good) == (2, Row(3, {"ref": "A"}))
    assert bad.reason


def test_an_overlong_line_is_refused_unread():
    (problem,) = rows(b" " * LONGEST_ROW + b"{}")
    assert isinstance(problem, RowProblem)
    assert str(LONGEST_ROW) in problem.reason


@given(st.binary(max_size=200))
def test_whatever_bytes_stand_in_a_line_it_is_a_row_or_a_problem(line: bytes):
    for each in read_rows([line.replace(b"\n", b" ")]):
        if isinstance(each, Row):
            with pytest.raises(RowErrors):
                read_provider({**each.data, "zz": 1}, None)


# Providers


def test_market_1_and_the_invented_market_are_taken_without_an_error():
    for data in [*market_1.load(DAY).providers, *market.generate(300, 7, DAY)]:
        assert read_provider(data, None).ref == data["ref"]


def test_the_least_a_provider_needs_is_taken():
    assert read_provider(MINIMAL, None) == ProviderRecord(**MINIMAL)


@pytest.mark.parametrize("key", ["ref", "form", "kind", "name", "country"])
def test_what_is_required_must_be_there_and_not_null(key: str):
    assert refused({name: value for name, value in MINIMAL.items() if name != key})[0][0] == key
    assert refused(MINIMAL | {key: None})[0][0] == key


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ({"zz": 1}, "zz", 1),
        ({"founded": "2012"}, "founded", "2012"),
        ({"founded": 10**400}, "founded", 10**400),
        ({"kind": "wizard"}, "kind", "wizard"),
        ({"country": "XX"}, "country", "XX"),
        ({"name": {}}, "name", {}),
        ({"name": {"english": "A"}}, "name.english", "english"),
        ({"sub_kinds": ["wizard"]}, "sub_kinds[0]", "wizard"),
        ({"aliases": ["a", 3]}, "aliases[1]", 3),
        ({"summary": {"en": "a\0b"}}, "summary.en", "a\0b"),
        ({"summary": {"en": "\ud800"}}, "summary.en", "\ud800"),
        ({"ref": "a/b"}, "ref", "a/b"),
        ({"ref": ""}, "ref", ""),
        ({"country": ""}, "country", ""),
        ({"ref": "x" * 81}, "ref", "x" * 81),
        ({"accepts_new": "yes"}, "accepts_new", "yes"),
        ({"languages": [{"code": "zh-hans"}]}, "languages[0].code", "zh-hans"),
        ({"languages": [{"code": "en"}, {"code": "en"}]}, "languages[1].code", "en"),
        ({"languages": [{"code": "en", "level": "sing"}]}, "languages[0].level", "sing"),
        ({"website": "javascript:alert(1)"}, "website", "javascript:alert(1)"),
        ({"website": "//evil.example"}, "website", "//evil.example"),
        ({"website": "https://user:secret@firm.example"}, "website", "https://user:secret@firm.example"),
        ({"register_domain": "no domain"}, "register_domain", "no domain"),
        ({"insurance": {"limit_minor": 5}}, "insurance.currency", None),
        ({"insurance": {"until": "2026-13-01"}}, "insurance.until", "2026-13-01"),
        ({"service_lines": [LINE, {"service": "PROS"}]}, "service_lines[1].right", None),
        ({"service_lines": [LINE | {"zz": 3}]}, "service_lines[0].zz", 3),
        ({"service_lines": [LINE | {"offices": ["CN", "ZZ"]}]}, "service_lines[0].offices[1]", "ZZ"),
        ({"service_lines": [LINE | {"fields": [36]}]}, "service_lines[0].fields[0]", 36),
        ({"service_lines": [LINE | {"fee_min_minor": 1}]}, "service_lines[0].currency", None),
        (
            {"service_lines": [LINE | {"fee_min_minor": -1, "currency": "CNY"}]},
            "service_lines[0].fee_min_minor",
            -1,
        ),
        (
            {"service_lines": [LINE | {"fee_min_minor": 2, "fee_max_minor": 1, "currency": "CNY"}]},
            "service_lines[0].fee_max_minor",
            1,
        ),
        ({"service_lines": [LINE | {"currency": "XXQ"}]}, "service_lines[0].currency", "XXQ"),
        (
            {"service_lines": [LINE | {"vetting": {"state": "blessed"}}]},
            "service_lines[0].vetting.state",
            "blessed",
        ),
        ({"credentials": [{"register": "NOPE", "number": "1"}]}, "credentials[0].register", "NOPE"),
        ({"people": [{"ref": "p"}]}, "people[0].name", None),
        ({"people": [{"ref": "p", "name": {"en": "P"}}] * 2}, "people[1].ref", "p"),
        ({"matters": [{"title": "t", "ipc": ["nonsense"]}]}, "matters[0].ipc[0]", "nonsense"),
        (
            {
                "outcomes": [
                    {"service": "PROS", "right": "patent", "measure": "granted", "successes": 4, "n": 3}
                ]
            },
            "outcomes[0].successes",
            4,
        ),
        ({"references": [{"service": "PROS", "score": 11}]}, "references[0].score", 11.0),
        ({"references": [{"service": "PROS", "score": float("nan")}]}, "references[0].score", None),
        (
            {"references": [{"service": "PROS", "score": 1, "month": "2026-13"}]},
            "references[0].month",
            "2026-13",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_place(given: dict, key: str, value: object):
    found = {problem[0]: problem[1] for problem in refused(MINIMAL | given)}
    assert key in found
    if value is not None and value == value:
        assert found[key] == value


def test_everything_wrong_is_named_at_once():
    found = refused(
        MINIMAL | {"kind": "wizard", "country": "XX", "service_lines": [LINE | {"offices": ["ZZ"]}]}
    )
    assert {key for key, _, _ in found} == {"kind", "country", "service_lines[0].offices[0]"}


# Merging with what is stored


STORED = read_provider(
    MINIMAL
    | {
        "city": "Shanghai",
        "aliases": ["AQ"],
        "accepts_new": False,
        "service_lines": [
            LINE | {"fields": [8], "vetting": {"state": "vetted", "until": "2027-01-31"}},
            LINE | {"offices": ["EP"]},
        ],
        "credentials": [
            {"register": "CNIPA_AGENCY", "number": "99001", "status": "active", "checked_on": "2026-11-01"}
        ],
        "people": [{"ref": "A-a", "name": {"en": "P"}, "affiliation_confirmed": True}],
    },
    None,
)


def test_an_absent_key_leaves_the_stored_value_and_null_or_empty_clears_it():
    kept = read_provider({"ref": "A", "city": None, "aliases": []}, STORED)
    assert (kept.city, kept.aliases, kept.accepts_new) == (None, [], False)
    assert kept.service_lines == STORED.service_lines
    assert read_provider({"ref": "A", "accepts_new": None}, STORED).accepts_new is True


def test_a_required_key_cannot_be_cleared():
    assert refused({"ref": "A", "name": None}, STORED)[0][0] == "name"


def test_items_known_again_keep_what_is_not_given_the_nth_line_of_a_pair_being_the_nth_again():
    given = {
        "ref": "A",
        "service_lines": [
            LINE | {"fields": [1]},
            {"service": "PROS", "right": "patent", "fields": [2]},
            LINE,
        ],
        "credentials": [{"register": "CNIPA_AGENCY", "number": "99001", "grade": "A"}],
        "people": [{"ref": "A-a", "name": {"en": "Q"}}],
    }
    read = read_provider(given, STORED)
    assert [line.vetting and line.vetting.state for line in read.service_lines] == ["vetted", None, None]
    assert [line.offices for line in read.service_lines] == [["CN"], ["EP"], ["CN"]]
    assert [line.fields for line in read.service_lines] == [[1], [2], []]
    assert read.credentials[0].checked_on == dt.date(2026, 11, 1)
    assert (read.people[0].affiliation_confirmed, read.people[0].name) == (True, {"en": "Q"})


def test_the_whole_record_restores_itself_over_any_other():
    for data in market_1.load(DAY).providers:
        record = read_provider(data, None)
        record.conflict_parties = []
        exported = msgspec.json.decode(msgspec.json.encode(whole(record)))
        assert "conflict_parties" not in exported
        other = msgspec.structs.replace(STORED, ref=record.ref)
        assert read_provider(exported, None) == record
        restored = read_provider(exported, other)
        assert msgspec.structs.replace(restored, service_lines=[]) == msgspec.structs.replace(
            record, service_lines=[]
        )


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"outcomes": []}, "outcomes"),
        ({"references": []}, "references"),
        ({"service_lines": [LINE | {"vetting": None}]}, "service_lines[0].vetting"),
        (
            {"credentials": [{"register": "EPO_LIST", "number": "1", "status": "active"}]},
            "credentials[0].status",
        ),
        (
            {
                "people": [
                    {"ref": "p", "credentials": [{"register": "EPO_LIST", "number": "1", "grade": "A"}]}
                ]
            },
            "people[0].credentials[0].grade",
        ),
        ({"people": [{"ref": "p", "affiliation_confirmed": True}]}, "people[0].affiliation_confirmed"),
    ],
)
def test_a_providers_own_upload_may_not_say_what_others_say_of_it(given: dict, key: str):
    assert [problem[0] for problem in refused(MINIMAL | given, own=True)] == [key]


# Needs and judgements


def test_a_need_has_a_text_or_a_brief():
    assert read_need({"ref": "N", "text": "help"}, None).text == "help"
    assert read_need({"ref": "N", "brief": {}}, None).brief == {}
    for data in ({"ref": "N"}, {"ref": "N", "text": " "}, {"ref": "N", "text": None, "brief": None}):
        with pytest.raises(RowErrors):
            read_need(data, None)


def test_null_in_a_brief_is_the_owners_word_and_survives_every_import():
    first = read_need({"ref": "N", "text": "t", "brief": {"deadline": None, "offices": []}}, None)
    assert first.brief == {"deadline": None, "offices": []}
    again = read_need({"ref": "N", "text": "other"}, first)
    assert (again.text, again.brief) == ("other", {"deadline": None, "offices": []})
    assert read_need({"ref": "N", "brief": None}, again).brief is None


@pytest.mark.parametrize(
    ("brief", "key"),
    [
        ({"zz": 1}, "brief.zz"),
        ({"services": ["NOPE"]}, "brief.services[0]"),
        ({"services": "PROS"}, "brief.services"),
        ({"fields": [0]}, "brief.fields[0]"),
        ({"budget_max_minor": "20"}, "brief.budget_max_minor"),
        ({"budget_max_minor": -1}, "brief.budget_max_minor"),
        ({"deadline": "soon"}, "brief.deadline"),
        ({"languages": ["klingon"]}, "brief.languages[0]"),
        ({"min_tier": "listed"}, "brief.min_tier"),
        ({"adverse_parties": ["a\0"]}, "brief.adverse_parties[0]"),
    ],
)
def test_a_wrong_brief_key_is_named(brief: dict, key: str):
    with pytest.raises(RowErrors) as error:
        read_need({"ref": "N", "text": "t", "brief": brief}, None)
    assert [problem.key for problem in error.value.problems] == [key]


def test_market_1s_needs_and_judgements_are_taken():
    found = market_1.load(DAY)
    assert all(isinstance(read_need(data, None), NeedRecord) for data in found.needs)
    assert {read_judgement(data).grade for data in found.judgements} <= set(range(5))


@pytest.mark.parametrize(
    "given", [{"grade": 5}, {"grade": -1}, {"grade": "4"}, {"source": "rumour"}, {"judge": ""}]
)
def test_a_wrong_judgement_is_refused(given: dict):
    data = {"need": "N", "provider": "P", "grade": 3, "source": "administrator", "judge": "a1"}
    read_judgement(data)
    with pytest.raises(RowErrors):
        read_judgement(data | given)


def test_a_shown_value_is_short_whatever_it_was():
    assert shown("x") == "x"
    assert shown(7) == 7
    assert len(str(shown("x" * 1000))) == 120
    assert len(str(shown([{"a": "x" * 1000}]))) == 120
    assert "digits" in str(shown(10**5000))
