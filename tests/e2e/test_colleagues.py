"""Colleagues of an owner organisation, through the pages."""

from __future__ import annotations

import pytest
from website import PASSWORD

ADA, BOB = "ada@works.example", "bob@works.example"


@pytest.fixture
def ada(site):
    return site.signed_in("owner", ADA)


def invite(visitor, email: str = BOB, role: str = "reader"):
    return visitor.post("/account/colleagues", {"email": email, "role": role})


def test_invited_person_makes_an_account_and_joins(site, ada):
    assert invite(ada).status_code == 303
    assert "Ada Invented invites you to act for Invented Works" in site.mails(BOB)[0]
    link, bob = site.mailed_link(BOB), site.browser()
    assert bob.post(link, {"name": "", "password": "short"}).status_code == 400
    assert bob.post(link, {"name": "Bob Invented", "password": PASSWORD}).status_code == 303
    assert bob.sign_in(BOB).status_code == 303, "the link proved the address"
    page = bob.get("/account/colleagues").text
    assert "Ada Invented" in page
    assert "Bob Invented" in page
    assert "Invite a colleague" not in page, "a reader may invite"
    assert bob.post("/account/colleagues", {"email": "c@works.example", "role": "editor"}, page="/account"
                    ).status_code == 403  # fmt: skip
    assert site.browser().get(link).status_code == 400, "the link works twice"


def test_invited_account_joins_after_signing_in(site, ada):
    site.account(BOB)
    site.account("eve@works.example")
    invite(ada, role="editor")
    link = site.mailed_link(BOB)
    assert f"/sign-in?next={link}" in site.browser().get(link).text
    eve = site.browser()
    eve.sign_in("eve@works.example")
    assert "another address" in eve.get(link).text
    assert eve.post(link, page="/account").status_code == 403
    bob = site.browser()
    bob.sign_in(BOB)
    assert bob.post(link).headers["Location"] == "/account/colleagues"
    assert "Invite a colleague" in bob.get("/account/colleagues").text


def test_an_invitation_is_worth_what_its_sender_may_do(site, ada):
    site.account(BOB)
    invite(ada, role="editor")
    bob = site.browser()
    bob.sign_in(BOB)
    bob.post(site.mailed_link(BOB))
    invite(bob, "eve@works.example")
    ada.post("/account/colleagues/2/remove", page="/account/colleagues")
    assert bob.get("/account/colleagues").status_code == 404
    assert site.browser().get(site.mailed_link("eve@works.example")).status_code == 400


def test_invitations_end(site, ada):
    invite(ada)
    site.later(days=8)
    assert site.browser().get(site.mailed_link(BOB)).status_code == 400


def test_the_last_editor_stays(site, ada):
    answer = ada.post("/account/colleagues/1/remove", page="/account/colleagues")
    assert answer.status_code == 400
    assert "last editor" in answer.text


def test_nobody_outside_can_be_removed(site, ada):
    site.signed_in("firm")
    for number in (2, 999999):
        answer = ada.post(f"/account/colleagues/{number}/remove", page="/account/colleagues")
        assert answer.status_code == 404


@pytest.mark.parametrize(("email", "role"), [("nonsense", "reader"), (BOB, "owner"), (ADA, "reader")])
def test_what_is_wrong_is_said(site, ada, email, role):
    answer = invite(ada, email, role)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text


def test_one_mail_a_day_to_one_address(site, ada):
    for _ in range(3):
        invite(ada)
    assert len(site.mails(BOB)) == 1
