"""Accounts through the real pages: what owners, firms and administrators do, and what attackers try."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import select
from website import NOW, PASSWORD, TOTP_SECRET

from directory.models import Account, LoginSession, Need, Owner, OwnerMember

NEW_PASSWORD = "harbour 7 lantern quartz"
EMAIL = "ada@works.example"


def sign_up(site, **values):
    form = {
        "role": "owner",
        "name": "Ada Invented",
        "organisation": "Invented Works",
        "email": EMAIL,
        "password": PASSWORD,
    }
    return site.browser().post("/sign-up", form | values)


# Signing up


def test_sign_up_confirm_sign_in(site):
    assert sign_up(site).headers["Location"] == "/account/check-mail"
    link = site.mailed_link(EMAIL)
    visitor = site.browser()
    assert visitor.get(link).status_code == 200
    assert "Confirm your email address first" in visitor.sign_in(EMAIL).text, "opening the link confirmed"
    link = site.mailed_link(EMAIL)
    assert visitor.post(link).headers["Location"] == "/sign-in?done=confirmed"
    assert visitor.sign_in(EMAIL).headers["Location"] == "/account"
    assert "Invented Works" in visitor.get("/account").text


def test_confirmation_link_works_once_and_for_a_day(site):
    sign_up(site)
    link = site.mailed_link(EMAIL)
    site.later(hours=25)
    assert site.browser().post(link).status_code == 400
    site.browser().sign_in(EMAIL)
    link = site.mailed_link(EMAIL)
    assert site.browser().post(link).status_code == 303
    assert site.browser().post(link).status_code == 400


def test_sign_up_tells_nobody_that_an_address_is_known(site):
    site.account(EMAIL)
    again, fresh = sign_up(site), sign_up(site, email="bob@works.example")
    assert (again.status_code, again.headers["Location"]) == (fresh.status_code, fresh.headers["Location"])
    assert "You already have an account" in site.mails(EMAIL)[0]
    assert site.browser().sign_in(EMAIL).status_code == 303, "the old password is gone"


def test_sign_up_again_replaces_what_was_never_confirmed(site):
    sign_up(site, password=NEW_PASSWORD)
    old = site.mailed_link(EMAIL)
    sign_up(site)
    assert site.browser().post(old).status_code == 400
    assert site.browser().post(site.mailed_link(EMAIL)).status_code == 303
    assert site.browser().sign_in(EMAIL, NEW_PASSWORD).status_code == 400
    assert site.browser().sign_in(EMAIL).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "no address", "Enter an email address"),
        ("name", "", "Enter your name"),
        ("organisation", "", "Enter a name for your organisation"),
        ("role", "administrator", "Choose whether"),
        ("password", "short", "at least 12 characters"),
        ("password", "x" * 129, "at most 128 characters"),
        ("password", "Password2024!", "harder to guess"),
        ("password", "invented works ada 1", "harder to guess"),
        ("email", "a@b.example\r\nBcc: all@b.example", "Enter an email address"),
    ],
)
def test_sign_up_says_what_is_wrong_and_keeps_what_was_typed(site, field, value, says):
    answer = sign_up(site, **{field: value})
    assert answer.status_code == 400
    assert "<title>Error: " in answer.text
    assert "There is a problem" in answer.text
    assert says in answer.text
    assert f'href="#{field}"' in answer.text
    if field != "organisation":
        assert 'value="Invented Works"' in answer.text
    assert PASSWORD not in answer.text


def test_line_breaks_in_a_name_reach_no_mail_header(site):
    sign_up(site, name="Ada\r\nBcc: all@works.example")
    with site.services.reading() as session:
        assert session.scalar(select(Account.name)) == "Ada Bcc: all@works.example"


# Signing in


def test_wrong_password_and_unknown_address_look_the_same(site):
    site.account("known@works.example")
    site.account("other@works.example")
    wrong = site.browser().sign_in("known@works.example", "wrong password 1234")
    unknown = site.browser().sign_in("spoon@works.example", "wrong password 1234")
    assert wrong.status_code == unknown.status_code == 400
    assert len(wrong.data) == len(unknown.data)
    assert [name for name, _ in wrong.headers] == [name for name, _ in unknown.headers]


def test_wrong_password_and_unknown_address_take_as_long(site):
    site.account("known@works.example")
    took = {"known@works.example": [], "spoon@works.example": []}
    for number in range(8):
        for email, times in took.items():
            visitor = site.browser()
            visitor.get("/sign-in")
            began = time.perf_counter()
            visitor.sign_in(email, f"wrong password {number}")
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert abs(known - unknown) / max(known, unknown) < 0.5, (known, unknown)


def test_many_wrong_passwords_from_many_places_are_throttled_but_not_for_good(site):
    site.account(EMAIL)
    answers = [
        site.browser(client=f"203.0.113.{number}").sign_in(EMAIL, "wrong password 1234").status_code
        for number in range(20)
    ]
    assert answers == [400] * 10 + [429] * 10
    refused = site.browser(client="198.51.100.1").sign_in(EMAIL)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    site.later(minutes=16)
    assert site.browser().sign_in(EMAIL).status_code == 303


def test_many_wrong_passwords_from_one_place_are_throttled(site):
    site.account(EMAIL)
    visitor = site.browser(client="203.0.113.9")
    for number in range(50):
        assert visitor.sign_in(f"guess{number}@works.example", "wrong password 1234").status_code == 400
    assert visitor.sign_in(EMAIL).status_code == 429
    assert site.browser(client="203.0.113.10").sign_in(EMAIL).status_code == 303


def test_sign_in_makes_a_new_session_and_sign_out_kills_the_copied_cookie(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.get("/sign-in")
    before = visitor.cookie()
    visitor.sign_in(EMAIL)
    stolen = visitor.cookie()
    assert before != stolen
    thief = site.browser()
    thief.client.set_cookie("session", stolen)
    assert thief.get("/account").status_code == 200
    visitor.post("/sign-out", page="/account")
    assert thief.get("/account").headers["Location"] == "/sign-in?next=/account"
    assert visitor.get("/account").status_code == 303


def test_sign_out_everywhere(site):
    site.account(EMAIL)
    here, there = site.browser(), site.browser()
    here.sign_in(EMAIL)
    there.sign_in(EMAIL)
    assert "2 devices" in here.get("/account").text
    here.post("/account/sign-out-everywhere", page="/account")
    assert there.get("/account").status_code == here.get("/account").status_code == 303


def test_a_sign_in_ends_by_itself(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    site.later(days=7, seconds=1)
    assert visitor.get("/account").status_code == 303


def test_the_database_holds_no_token_and_no_password(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    with visitor.client.session_transaction() as session:
        token = session["_user_id"]
    visitor.get("/account")
    with site.services.reading() as reading:
        assert token not in reading.scalars(select(LoginSession.token_hash)).all()
        assert reading.scalar(select(Account.password_hash)).startswith("$argon2id$")


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "https:evil.example", "/\\evil.example", "/\t/evil.example",
     "/\n/evil.example", "\\\\evil.example", " //evil.example", "javascript:alert(1)", "/%0d\r\nX: y"],
)  # fmt: skip
def test_next_stays_on_the_site(site, target):
    site.account(EMAIL)
    assert site.browser().sign_in(EMAIL, next=target).headers["Location"] == "/account"
    assert site.browser().get("/language/en", query_string={"next": target}).headers["Location"] == "/"


def test_next_leads_back(site):
    site.account(EMAIL)
    visitor = site.browser()
    refused = visitor.get("/account/password?a=b")
    assert refused.headers["Location"] == "/sign-in?next=/account/password?a%3Db"
    assert 'value="/account/password?a=b"' in visitor.get(refused.headers["Location"]).text
    assert visitor.sign_in(EMAIL, next="/account/password?a=b").headers["Location"] == "/account/password?a=b"


# The second factor


def test_administrator_needs_the_second_factor(site):
    site.account("root@directory.example", role="administrator", totp_secret=TOTP_SECRET)
    visitor = site.browser()
    assert visitor.sign_in("root@directory.example").headers["Location"] == "/account/second-factor"
    for path in ("/admin/audit", "/account", "/account/password", "/account/close"):
        assert visitor.get(path).headers["Location"].startswith("/account/second-factor"), path
    half = visitor.cookie()
    assert visitor.post("/account/second-factor", {"code": "000000"}).status_code == 400
    assert visitor.post("/account/second-factor", {"code": site.code()}).status_code == 303
    assert visitor.get("/admin/audit").status_code == 200
    thief = site.browser()
    thief.client.set_cookie("session", half)
    assert thief.get("/account/second-factor").headers["Location"].startswith("/sign-in"), (
        "the old token holds"
    )


def test_a_code_works_once(site):
    site.signed_in("administrator", "root@directory.example")
    other = site.browser()
    other.sign_in("root@directory.example")
    assert other.post("/account/second-factor", {"code": site.code()}).status_code == 400
    site.later(seconds=30)
    assert other.post("/account/second-factor", {"code": site.code()}).status_code == 303


def test_codes_are_throttled(site):
    site.account("root@directory.example", role="administrator", totp_secret=TOTP_SECRET)
    visitor = site.browser()
    visitor.sign_in("root@directory.example")
    answers = [
        visitor.post("/account/second-factor", {"code": f"{number:06d}"}).status_code for number in range(7)
    ]
    assert answers == [400] * 5 + [429] * 2


def test_enrolment(site):
    site.account("new@directory.example", role="administrator")
    visitor = site.browser()
    visitor.sign_in("new@directory.example")
    assert visitor.get("/admin/audit").headers["Location"].startswith("/account/second-factor")
    assert visitor.get("/account/second-factor").headers["Location"] == "/account/second-factor/enrol"
    page = visitor.get("/account/second-factor/enrol").text
    secret = page.split('<code class="secret">')[1].split("<")[0]
    assert visitor.post("/account/second-factor/enrol", {"code": "123456"}).status_code == 400
    answer = visitor.post("/account/second-factor/enrol", {"code": site.code(secret)})
    assert answer.status_code == 303
    assert visitor.get("/admin/audit").status_code == 200
    assert secret not in visitor.get("/account").text


def test_password_reset_does_not_pass_the_second_factor(site):
    site.account("root@directory.example", role="administrator", totp_secret=TOTP_SECRET)
    site.browser().post("/password/forgotten", {"email": "root@directory.example"})
    visitor = site.browser()
    visitor.post(site.mailed_link("root@directory.example"), {"password": NEW_PASSWORD})
    visitor.sign_in("root@directory.example", NEW_PASSWORD)
    assert visitor.get("/admin/audit").headers["Location"].startswith("/account/second-factor")
    assert visitor.get("/account/second-factor/enrol").headers["Location"] == "/account"


# Passwords


def test_reset(site):
    site.account(EMAIL)
    other = site.browser()
    other.sign_in(EMAIL)
    visitor = site.browser()
    known = visitor.post("/password/forgotten", {"email": EMAIL})
    unknown = visitor.post("/password/forgotten", {"email": "spoon@works.example"})
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert site.mails("spoon@works.example") == []
    link = site.mailed_link(EMAIL)
    page = visitor.get(link)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert visitor.post(link, {"password": "short"}).status_code == 400, "a bad password used the link up"
    assert visitor.post(link, {"password": NEW_PASSWORD}).headers["Location"] == "/sign-in?done=password"
    assert visitor.post(link, {"password": PASSWORD}).status_code == 400
    assert other.get("/account").status_code == 303, "the other sign-in holds"
    assert visitor.sign_in(EMAIL).status_code == 400
    assert visitor.sign_in(EMAIL, NEW_PASSWORD).status_code == 303
    assert "Your password was changed" in site.mails(EMAIL)[-1]


def test_reset_link_dies_after_an_hour_and_after_a_later_request(site):
    site.account(EMAIL)
    site.browser().post("/password/forgotten", {"email": EMAIL})
    first = site.mailed_link(EMAIL)
    site.browser().post("/password/forgotten", {"email": EMAIL})
    second = site.mailed_link(EMAIL)
    assert first != second
    assert site.browser().post(first, {"password": NEW_PASSWORD}).status_code == 400
    site.later(minutes=61)
    assert site.browser().post(second, {"password": NEW_PASSWORD}).status_code == 400


def test_reset_mails_are_bounded(site):
    site.account(EMAIL)
    for _ in range(9):
        assert site.browser().post("/password/forgotten", {"email": EMAIL}).status_code == 303
    assert len(site.mails(EMAIL)) == 5


def test_reset_lets_a_throttled_owner_in(site):
    site.account(EMAIL)
    for _ in range(12):
        site.browser().sign_in(EMAIL, "wrong password 1234")
    site.browser().post("/password/forgotten", {"email": EMAIL})
    site.browser().post(site.mailed_link(EMAIL), {"password": NEW_PASSWORD})
    assert site.browser().sign_in(EMAIL, NEW_PASSWORD).status_code == 303


def test_mailed_links_lead_to_the_public_address_whatever_host_was_asked(site):
    site.account(EMAIL)
    visitor = site.browser(at="http://evil.example")
    visitor.post("/password/forgotten", {"email": EMAIL})
    assert "evil.example" not in site.mails(EMAIL)[-1]


@pytest.mark.parametrize("password", ["é密码🔑 ünïcode " * 4 + "!", "k" * 40 + "violet gravel" + "z" * 40])
def test_long_and_unicode_passwords_are_taken_as_they_are(site, password):
    sign_up(site, password=password)
    site.browser().post(site.mailed_link(EMAIL))
    assert site.browser().sign_in(EMAIL, password).status_code == 303
    assert site.browser().sign_in(EMAIL, password.strip() + " ").status_code == 400


def test_change_password_needs_the_present_one_and_ends_other_sign_ins(site):
    site.account(EMAIL)
    visitor, other = site.browser(), site.browser()
    visitor.sign_in(EMAIL)
    other.sign_in(EMAIL)
    form = {"password": "wrong password 1234", "new_password": NEW_PASSWORD}
    assert visitor.post("/account/password", form).status_code == 400
    assert other.get("/account").status_code == 200
    assert visitor.post("/account/password", form | {"password": PASSWORD}).status_code == 303
    assert visitor.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert site.browser().sign_in(EMAIL, NEW_PASSWORD).status_code == 303


def test_the_present_password_cannot_be_guessed_either(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    form = {"password": "wrong password 1234", "new_password": NEW_PASSWORD}
    answers = [visitor.post("/account/password", form).status_code for _ in range(12)]
    assert answers == [400] * 10 + [429] * 2


# Address, language, closing


def test_change_of_address(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    form = {"email": "Ada.New@works.example", "password": PASSWORD}
    assert visitor.post("/account/address", form | {"password": "no"}).status_code == 400
    assert visitor.post("/account/address", form).headers["Location"] == "/account/check-mail"
    assert EMAIL in visitor.get("/account").text, "it changed before it was confirmed"
    assert visitor.post(site.mailed_link("ada.new@works.example")).status_code == 303
    assert "ada.new@works.example" in visitor.get("/account").text
    assert "ada.new@works.example" in site.mails(EMAIL)[-1], "the old address was not told"
    assert site.browser().sign_in(EMAIL).status_code == 400
    assert site.browser().sign_in("ada.new@works.example").status_code == 303


def test_an_address_of_another_account_cannot_be_taken(site):
    site.account(EMAIL)
    site.account("bob@works.example")
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    visitor.post("/account/address", {"email": "bob@works.example", "password": PASSWORD})
    assert "You already have an account" in site.mails("bob@works.example")[-1]
    visitor.post("/account/address", {"email": "free@works.example", "password": PASSWORD})
    link = site.mailed_link("free@works.example")
    site.account("free@works.example")
    assert visitor.post(link).status_code == 400


def test_language_is_kept_with_the_account_and_a_switch_wins(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    visitor.post("/account/language", {"language": "zh-Hans"}, page="/account")
    other = site.browser()
    other.sign_in(EMAIL)
    assert '<html lang="zh-Hans">' in other.get("/account").text
    other.get("/language/en?next=/account")
    assert '<html lang="en">' in other.get("/account").text
    assert visitor.post("/account/language", {"language": "xx"}, page="/account").status_code == 400


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.5", "zh-Hans"),
        ("de,en;q=0.5", "en"),
        ("fr", "en"),
        ("zh", "zh-Hans"),
        ("", "en"),
    ],
)
def test_language_of_the_browser(site, accepts, language):
    assert f'<html lang="{language}">' in site.browser().get("/", headers={"Accept-Language": accepts}).text


def test_closing_an_account(site):
    number = site.account(EMAIL, organisation="Invented Works")
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    add_need(site, number, "need-1")
    assert visitor.post("/account/close", {"password": "no"}).status_code == 400
    assert visitor.post("/account/close", {"password": PASSWORD}).headers["Location"] == "/account/closed"
    assert visitor.get("/account").status_code == 303
    assert site.browser().sign_in(EMAIL).status_code == 400
    with site.services.reading() as session:
        account = session.get(Account, number)
        assert EMAIL not in account.email
        assert (account.name, account.password_hash, account.totp_secret) == ("", "", None)
        assert session.scalar(select(Need.state)) == "withdrawn"
    assert len(site.mails(EMAIL)) == 1
    sign_up(site)
    assert site.browser().post(site.mailed_link(EMAIL)).status_code == 303, "the address is free again"


def test_closing_leaves_what_colleagues_use(site):
    number = site.account(EMAIL, organisation="Invented Works")
    colleague = site.account("bob@works.example")
    with site.services.unit_of_work() as uow:
        owner_id = uow.session.scalar(select(Owner.id))
        uow.session.add(OwnerMember(owner_id=owner_id, account_id=colleague, role="editor"))
        uow.commit()
    add_need(site, number, "need-1")
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    visitor.post("/account/close", {"password": PASSWORD})
    with site.services.reading() as session:
        assert session.scalar(select(Need.state)) == "open"
        assert session.scalars(select(OwnerMember.account_id)).all() == [colleague]


def add_need(site, account_id: int, ref: str) -> None:
    with site.services.unit_of_work() as uow:
        owner_id = uow.session.scalar(
            select(OwnerMember.owner_id).where(OwnerMember.account_id == account_id)
        )
        need = Need(ref=ref, owner_id=owner_id, created_by=account_id, language="en", text="", stated={},
                    state="open", created_at=NOW, updated_at=NOW)  # fmt: skip
        uow.session.add(need)
        uow.commit()


# Administrators and the trail


def test_disabling_ends_every_sign_in_at_once(site):
    site.account(EMAIL)
    visitor = site.browser()
    visitor.sign_in(EMAIL)
    answer = site.app.test_cli_runner().invoke(args=["users", "disable", EMAIL])
    assert answer.exit_code == 0, answer.output
    assert visitor.get("/account").status_code == 303
    assert visitor.sign_in(EMAIL).status_code == 400


def test_audit_page(site):
    site.account(EMAIL)
    site.browser().sign_in(EMAIL)
    visitor = site.signed_in("administrator")
    page = visitor.get("/admin/audit").text
    assert "signed_in" in page
    assert "account_created" in page
    assert EMAIL not in page, "the trail must outlive a person's data"
    only = visitor.get("/admin/audit?subject_type=account&subject_ref=1&verb=signed_in").text
    assert "1 event<" in only
    for bad in ("0", "-1", "x", "99999999999", "1.5"):
        assert visitor.get(f"/admin/audit?page={bad}").status_code == 400
    assert visitor.get("/admin/audit?subject_ref=%00%ff").status_code == 200


def test_audit_page_is_nobody_elses(site):
    site.account(EMAIL)
    visitor = site.browser()
    assert visitor.get("/admin/audit").headers["Location"].startswith("/sign-in")
    visitor.sign_in(EMAIL)
    assert visitor.get("/admin/audit").status_code == 404
    assert visitor.get("/admin/audit").data == visitor.get("/admin/nothing").data.replace(
        b"next=/admin/nothing", b"next=/admin/audit"
    )
