"""Pages of the own account: language, password, address, closing, and colleagues."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from directory.actions import accounts
from directory.actions import sign_in as signing
from directory.errors import InvalidInput
from directory.mail.letters import PATHS
from directory.rules.permissions import Access
from directory.store import accounts as stored_accounts
from directory.web import language
from directory.web.accounts import end_session, token_page, writer
from directory.web.security import current_actor
from directory.web.services import services

blueprint = Blueprint("account_settings", __name__)

ACCESS = {
    "account_settings.home": Access.SIGNED_IN,
    "account_settings.choose_language": Access.SIGNED_IN,
    "account_settings.sign_out_everywhere": Access.SIGNED_IN,
    "account_settings.password": Access.SIGNED_IN,
    "account_settings.address": Access.SIGNED_IN,
    "account_settings.confirm_address": Access.PUBLIC,
    "account_settings.close": Access.SIGNED_IN,
    "account_settings.closed": Access.PUBLIC,
}


@blueprint.get("/account")
def home():
    """The account at a glance."""
    parts, actor = services(), current_actor()
    with parts.reading() as reading:
        owner = stored_accounts.owner_of(reading, actor.account_id)
        sign_ins = stored_accounts.sign_in_count(reading, actor.account_id, now=parts.clock.now())
    return render_template(
        "accounts/home.html", account=current_user.sign_in.account, owner=owner, sign_ins=sign_ins
    )


@blueprint.post("/account/language")
def choose_language():
    """Remember the language of pages and mails with the account."""
    parts, code = services(), request.form.get("language", "")
    accounts.set_language(code, actor=current_actor(), uow=parts.unit_of_work(), clock=parts.clock)
    response = redirect(url_for("account_settings.home"), 303)
    language.remember(response, code)
    return response


@blueprint.post("/account/sign-out-everywhere")
def sign_out_everywhere():
    """End every sign-in of the account, this one too."""
    signing.sign_out_everywhere(actor=current_actor(), uow=services().unit_of_work())
    return end_session()


@blueprint.route("/account/password", methods=["GET", "POST"])
def password():
    """Change the password; other sign-ins end."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            signing.change_password(
                request.form.get("password", ""),
                request.form.get("new_password", ""),
                current_user.id,
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
                writer=writer(),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            flash(_("Your password is changed, and every other sign-in was ended."))
            return redirect(url_for("account_settings.home"), 303)
    return render_template("accounts/password.html", errors=errors), 400 if errors else 200


@blueprint.route("/account/address", methods=["GET", "POST"])
def address():
    """Ask for another address."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            accounts.ask_new_address(
                request.form.get("email", ""),
                request.form.get("password", ""),
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
                writer=writer(),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            return redirect(url_for("accounts.look_into_mailbox"), 303)
    return render_template(
        "accounts/address.html", errors=errors, values=request.form
    ), 400 if errors else 200


@blueprint.route(PATHS["new_address"], methods=["GET", "POST"])
def confirm_address(token: str):
    """Take the new address into use by the link that was mailed to it."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            accounts.confirm_new_address(token, uow=parts.unit_of_work(), clock=parts.clock, writer=writer())
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            if current_user.is_authenticated:
                flash(_("Your account now uses the new address."))
                return redirect(url_for("account_settings.home"), 303)
            return redirect(url_for("accounts.sign_in", done="address"), 303)
    return token_page("accounts/confirm_address.html", 400 if errors else 200, errors=errors)


@blueprint.route("/account/close", methods=["GET", "POST"])
def close():
    """Close the account."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            accounts.close_account(
                request.form.get("password", ""),
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
                writer=writer(),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            session.clear()
            return redirect(url_for("account_settings.closed"), 303)
    return render_template("accounts/close.html", errors=errors), 400 if errors else 200


@blueprint.get("/account/closed")
def closed():
    """What happened when an account was closed."""
    return render_template("accounts/closed.html")
