"""Pages for signing up, in and out, the second factor, and forgotten passwords."""

from __future__ import annotations

import structlog
from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user

from directory.actions import accounts
from directory.actions import sign_in as signing
from directory.errors import InvalidInput, TooMany
from directory.mail.letters import PATHS, Writer
from directory.rules import second_factor as codes
from directory.rules.permissions import Access
from directory.web.language import current_language
from directory.web.limits import client_address
from directory.web.security import SignedIn, current_actor, safe_next
from directory.web.services import services

log = structlog.get_logger()

blueprint = Blueprint("accounts", __name__)

ACCESS = {
    "accounts.sign_up": Access.PUBLIC,
    "accounts.look_into_mailbox": Access.PUBLIC,
    "accounts.confirm": Access.PUBLIC,
    "accounts.sign_in": Access.PUBLIC,
    "accounts.forgotten": Access.PUBLIC,
    "accounts.new_password": Access.PUBLIC,
    "accounts.second_factor": Access.SIGNED_IN,
    "accounts.enrol": Access.SIGNED_IN,
    "accounts.sign_out": Access.SIGNED_IN,
}


def writer() -> Writer:
    """Writes mails whose links lead here.

    Without PUBLIC_URL that is this machine: the host name of a request is its sender's word, not ours.
    """
    port = request.environ.get("SERVER_PORT", "5000")
    return Writer(services().settings.public_url or f"http://localhost:{port}")


def token_page(template: str, status: int = 200, **values):
    """A page whose address is a secret: it sends no address on, so that no other site or log learns it."""
    return render_template(template, **values), status, {"Referrer-Policy": "strict-origin"}


def begin(new: signing.NewSignIn, target: str):
    """Put a new sign-in into a fresh cookie session and go on."""
    session.clear()
    login_user(SignedIn(new.token, new.sign_in))
    return redirect(target, 303)


@blueprint.route("/sign-up", methods=["GET", "POST"])
def sign_up():
    """Ask for an account as an owner or as a firm."""
    errors = {}
    if request.method == "POST":
        form = request.form
        command = accounts.SignUp(
            email=form.get("email", ""),
            name=form.get("name", ""),
            password=form.get("password", ""),
            role=form.get("role", ""),
            organisation=form.get("organisation", ""),
            language=current_language(),
            client=client_address(),
        )
        parts = services()
        try:
            accounts.sign_up(command, uow=parts.unit_of_work(), clock=parts.clock, writer=writer())
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            return redirect(url_for("accounts.look_into_mailbox"), 303)
    return render_template(
        "accounts/sign_up.html", errors=errors, values=request.form
    ), 400 if errors else 200


@blueprint.get("/account/check-mail")
def look_into_mailbox():
    """What to do after something was mailed; says the same to everybody."""
    return render_template("accounts/look_into_mailbox.html")


@blueprint.route(PATHS["confirm"], methods=["GET", "POST"])
def confirm(token: str):
    """Confirm an address. Opening the link changes nothing: mail programs open links by themselves."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            accounts.confirm_account(token, uow=parts.unit_of_work(), clock=parts.clock)
        except InvalidInput as error:
            errors = error.fields
        else:
            return redirect(url_for("accounts.sign_in", done="confirmed"), 303)
    return token_page("accounts/confirm.html", 400 if errors else 200, errors=errors)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    """Sign in with address and password."""
    errors, target = {}, safe_next(request.values.get("next"), default="")
    if request.method == "POST":
        parts = services()
        command = signing.Credentials(
            request.form.get("email", ""), request.form.get("password", ""), client_address()
        )
        try:
            new = signing.sign_in(command, uow=parts.unit_of_work(), clock=parts.clock, writer=writer())
        except InvalidInput as error:
            log.warning("sign-in refused", client=command.client)
            parts.nudge()
            errors = error.fields
        except TooMany:
            log.warning("sign-in throttled", client=command.client)
            raise
        else:
            if new.sign_in.account.role == "administrator":
                return begin(new, url_for("accounts.second_factor", next=target or None))
            return begin(new, target or url_for("account_settings.home"))
    body = render_template(
        "accounts/sign_in.html",
        errors=errors,
        values=request.form,
        next=target,
        done=request.args.get("done"),
    )
    return body, 400 if errors else 200


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
def second_factor():
    """Ask an administrator for a code of his authenticator."""
    account, target = current_user.sign_in.account, safe_next(request.values.get("next"), default="")
    if account.role != "administrator":
        return redirect(url_for("account_settings.home"), 303)
    if not account.has_second_factor:
        return redirect(url_for("accounts.enrol", next=target or None), 303)
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            new = signing.give_code(
                request.form.get("code", ""),
                current_user.id,
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
            )
        except InvalidInput as error:
            log.warning("second factor refused", account=account.id)
            errors = error.fields
        else:
            return begin(new, target or url_for("account_settings.home"))
    return render_template("accounts/second_factor.html", errors=errors, next=target), 400 if errors else 200


@blueprint.route("/account/second-factor/enrol", methods=["GET", "POST"])
def enrol():
    """Set up an administrator's authenticator; the secret waits in the visitor's own signed cookie."""
    account, target = current_user.sign_in.account, safe_next(request.values.get("next"), default="")
    if account.role != "administrator" or account.has_second_factor:
        return redirect(url_for("account_settings.home"), 303)
    secret = session.setdefault("enrolling", codes.new_secret())
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            new = signing.enrol(
                secret,
                request.form.get("code", ""),
                current_user.id,
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            return begin(new, target or url_for("account_settings.home"))
    body = render_template(
        "accounts/enrol.html",
        errors=errors,
        secret=secret,
        address=codes.setup_address(secret, account.email),
        next=target,
    )
    return body, 400 if errors else 200


@blueprint.post("/sign-out")
def sign_out():
    """End this sign-in."""
    signing.sign_out(current_user.id, uow=services().unit_of_work())
    return end_session()


def end_session():
    """Drop the cookie session and go to the start page."""
    session.clear()
    return redirect(url_for("pages.start"), 303)


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
def forgotten():
    """Have a link for a new password mailed."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            signing.ask_reset(
                request.form.get("email", ""),
                client_address(),
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
        "accounts/forgotten.html", errors=errors, values=request.form
    ), 400 if errors else 200


@blueprint.route(PATHS["reset"], methods=["GET", "POST"])
def new_password(token: str):
    """Set a new password by a mailed link."""
    errors = {}
    if request.method == "POST":
        parts = services()
        try:
            signing.reset_password(
                token,
                request.form.get("password", ""),
                uow=parts.unit_of_work(),
                clock=parts.clock,
                writer=writer(),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            session.clear()
            return redirect(url_for("accounts.sign_in", done="password"), 303)
    return token_page("accounts/new_password.html", 400 if errors else 200, errors=errors)
