"""What of a firm's edit is live at once, and what waits."""

from __future__ import annotations

import datetime as dt

import msgspec

from directory.rules.profile import (
    Waiting,
    as_wanted,
    moved,
    split_credentials,
    split_lines,
    waiting_as_json,
    waiting_from_json,
)
from directory.types import CredentialRecord, LineVetting, ServiceLineRecord

VETTED = LineVetting("vetted", dt.date(2027, 1, 31))
PATENT = ServiceLineRecord(service="PROS", right="patent", offices=["CN", "EP"], fields=[8], vetting=VETTED)
MARK = ServiceLineRecord(service="LITI", right="trademark", offices=["CN"], vetting=VETTED)


def edited(line, **values):
    return msgspec.structs.replace(line, **values)


def test_fees_and_fields_are_live_at_once_and_keep_the_vetting():
    patent, mark = as_wanted([PATENT, MARK])
    live, waiting = split_lines(
        [PATENT, MARK], [edited(patent, fee_min_minor=5, currency="CNY", fields=[1, 2]), mark]
    )
    assert waiting is None
    assert live == [edited(PATENT, fee_min_minor=5, currency="CNY", fields=[1, 2]), MARK]


def test_a_new_order_of_lines_or_offices_is_no_material_change():
    patent, mark = as_wanted([PATENT, MARK])
    live, waiting = split_lines([PATENT, MARK], [mark, edited(patent, offices=["EP", "CN"])])
    assert (live, waiting) == ([PATENT, MARK], None)


def test_service_right_and_offices_wait_while_the_small_fields_of_the_same_line_are_live():
    patent, mark = as_wanted([PATENT, MARK])
    for change in (
        {"service": "OPPO"},
        {"right": "design"},
        {"offices": ["CN"]},
        {"offices": ["CN", "EP", "DE"]},
    ):
        live, waiting = split_lines([PATENT, MARK], [edited(patent, fields=[3], **change), mark])
        assert live == [edited(PATENT, fields=[3]), MARK]
        assert waiting is not None
        assert (waiting[0].of, waiting[0].fields, waiting[0].vetting) == (0, [3], None)


def test_new_and_removed_lines_wait():
    patent, mark = as_wanted([PATENT, MARK])
    new = edited(mark, of=None, right="design", vetting=VETTED)
    live, waiting = split_lines([PATENT, MARK], [patent, mark, new])
    assert live == [PATENT, MARK]
    assert waiting is not None
    assert waiting[2].vetting is None
    live, waiting = split_lines([PATENT, MARK], [mark])
    assert live == [PATENT, MARK]
    assert waiting == [edited(mark, vetting=None)]


def test_one_line_made_two_waits():
    patent, _ = as_wanted([PATENT, MARK])
    assert split_lines([PATENT], [patent, patent])[1] is not None


def test_credentials_wait_and_cannot_say_what_the_register_says():
    checked = CredentialRecord(
        register="EPO_LIST", number="9", status="active", checked_on=dt.date(2026, 11, 1)
    )
    claimed = CredentialRecord(register="EPO_LIST", number="9", status="suspended", grade="A")
    assert split_credentials([checked], [claimed]) is None
    new = CredentialRecord(
        register="DPMA", number="1", status="active", checked_on=dt.date(2026, 11, 1), offices=["DE"]
    )
    waiting = split_credentials([checked], [checked, new])
    assert waiting == [checked, CredentialRecord(register="DPMA", number="1", offices=["DE"])]
    assert split_credentials([checked], []) == []


def test_what_waits_survives_storing():
    lines = split_lines([PATENT], [edited(as_wanted([PATENT])[0], offices=["DE"])])[1]
    for waiting in (Waiting(service_lines=lines, credentials=[]), Waiting(credentials=[])):
        assert waiting
        assert waiting_from_json(waiting_as_json(waiting)) == waiting
    assert waiting_as_json(Waiting()) is None
    assert not waiting_from_json(None)


def test_what_waits_finds_its_line_again_when_lines_were_replaced():
    wanted = [edited(line, offices=["DE"]) for line in as_wanted([PATENT, MARK])]
    waiting = Waiting(service_lines=split_lines([PATENT, MARK], wanted)[1])
    after = moved(waiting, [PATENT, MARK], [MARK])
    assert after.service_lines is not None
    assert [(line.service, line.of) for line in after.service_lines] == [("PROS", None), ("LITI", 0)]
