"""Needs: describe one in own words, check what was read from it, keep it, change it, end it."""

from __future__ import annotations

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict

from directory.actions import needs as actions
from directory.actions import sign_in as signing
from directory.actions.accounts import actor_of
from directory.actions.needs import SubmitNeed
from directory.errors import InvalidInput, NotAllowed, StaleEdit
from directory.i18n import N_
from directory.rules.permissions import Access
from directory.store import needs as store
from directory.store import providers, shortlists
from directory.store.needs import StoredNeed
from directory.types import BRIEF_KEYS, Brief
from directory.web.accounts import begin, writer
from directory.web.language import current_language
from directory.web.limits import client_address
from directory.web.security import current_actor
from directory.web.services import services
from matching.brief import ReadBrief, merge, read
from matching.web import brief_form

log = structlog.get_logger(__name__)

blueprint = Blueprint("needs", __name__)

ACCESS = {
    "needs.new": Access.PUBLIC,
    "needs.check": Access.PUBLIC,
    "needs.list": Access.OWNER,
    "needs.show": Access.SIGNED_IN,
    "needs.edit": Access.SIGNED_IN,
    "needs.withdraw": Access.SIGNED_IN,
    "needs.close": Access.SIGNED_IN,
    "needs.consent": Access.SIGNED_IN,
}

CHECK_THEMSELVES = ("needs.check", "needs.edit")
"""These views check the CSRF token in their own hand: a page left open while its owner signed in must
come back with all that was typed, not with an error page."""

NOT_SENT = N_("This was not sent, because you signed in or out since the page was opened. Send it once more.")
NOTHING_SAID = N_("Describe what you need, or choose at least one service")


STATES = {"draft": N_("Draft"), "open": N_("Open"), "withdrawn": N_("Withdrawn"), "closed": N_("Closed")}


@blueprint.context_processor
def _words():
    return {"need_states": {code: _(text) for code, text in STATES.items()}}


@blueprint.get("/needs/new")
def new():
    """Ask for the need in the visitor's own words."""
    return text_page("")


def text_page(text: str, errors: dict[str, str] | None = None, status: int = 200):
    """The page with the one text box."""
    return render_template(
        "matching/new.html",
        values={"text": text},
        errors=errors,
        error_values={"longest": brief_form.LONGEST_TEXT},
    ), status


@blueprint.route("/needs/check", methods=["GET", "POST"])
def check():
    """Show what was read from the text, every answer editable; when confirmed, keep the need.

    Without a text it is the form for those who prefer one. Nothing is kept before it is confirmed
    by somebody signed in, so what a visitor typed lives in his page alone.
    """
    if request.method == "GET":
        return check_page(brief_form.to_form(Brief()), "")
    form, text = request.form, typed_text()
    errors = forgery()
    if form.get("step") == "read":
        if not text.strip():
            errors["text"] = N_("Describe what you need")
        if error := brief_form.text_error(text):
            errors["text"] = error
        if errors:
            return text_page(text, errors, 400)
        return check_page(brief_form.to_form(read_brief(text).to_brief()), text)
    stated, wrong = statements(text)
    errors |= wrong
    if errors:
        return check_page(form, text, errors)
    command = SubmitNeed(text, brief_form.text_language(text), stated)
    parts, actor, signed_in = services(), current_actor(), None
    try:
        if actor.account_id is None:
            signed_in = sign_in()
            actor = actor_of(signed_in.sign_in.account)
        ref = actions.submit_need(command, actor=actor, uow=parts.unit_of_work(), clock=parts.clock)
    except InvalidInput as error:
        return check_page(form, text, error.fields)
    except NotAllowed:
        if signed_in is not None:
            signing.sign_out(signed_in.token, uow=parts.unit_of_work())
        return check_page(form, text, {"": N_("Only an owner's account keeps needs. Sign in with one.")})
    target = url_for("shortlists.show", ref=ref)
    return redirect(target, 303) if signed_in is None else begin(signed_in, target)


def sign_in() -> signing.NewSignIn:
    """Sign the visitor in with what he typed below his answers."""
    parts = services()
    command = signing.Credentials(
        request.form.get("email", ""), request.form.get("password", ""), client_address()
    )
    try:
        return signing.sign_in(command, uow=parts.unit_of_work(), clock=parts.clock, writer=writer())
    except InvalidInput:
        log.warning("sign-in refused", client=command.client)
        parts.nudge()
        raise


def forgery() -> dict[str, str]:
    """An error of the form when its CSRF token is not this visitor's."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return {"": NOT_SENT}
    return {}


def typed_text() -> str:
    """The text of the form; line breaks count once."""
    return request.form.get("text", "").replace("\r\n", "\n")


def read_brief(text: str):
    """What a text says, read today."""
    return read(text, today=services().clock.today(), language=brief_form.text_language(text))


def statements(text: str) -> tuple[dict[str, object], dict[str, str]]:
    """What the form states and what is wrong with it, its text included."""
    stated, errors = brief_form.stated(request.form)
    if error := brief_form.text_error(text):
        errors["text"] = error
    if not text.strip() and not (stated["need_type"] or stated["services"] or stated["rights"]):
        errors.setdefault("services", NOTHING_SAID)
    return stated, errors


def check_page(
    form: MultiDict[str, str],
    text: str,
    errors: dict[str, str] | None = None,
    *,
    need: StoredNeed | None = None,
    version: int | None = None,
    status: int | None = None,
):
    """The page with the answers; 400 when something is wrong with them."""
    errors = errors or {}
    is_read = bool(text.strip()) and "text" not in errors
    first, later = brief_form.answers(form, read_brief(text) if is_read else None, errors)
    body = render_template(
        "matching/check.html",
        form=form,
        values=form,
        text=text,
        first=first,
        later=later,
        currencies=brief_form.currencies(form.get("currency")),
        errors=errors,
        error_values={"longest": brief_form.LONGEST_TEXT},
        need=need,
        version=version,
        stale=_said(need) if status == 409 else None,
    )
    return body, status or (400 if errors else 200)


def brief_of(need: StoredNeed) -> Brief:
    """The brief of a need: days count from when it was last changed."""
    if need.stated.keys() >= set(BRIEF_KEYS):
        return merge(ReadBrief(), need.stated)
    return merge(read(need.text, today=need.updated_at.date(), language=need.language), need.stated)


def _said(need: StoredNeed) -> list[brief_form.Answer]:
    """The answers that a stored need gives."""
    first, _later = brief_form.answers(brief_form.to_form(brief_of(need)), None, {})
    return [answer for answer in first if answer.shown]


@blueprint.get("/needs", endpoint="list")
def list_needs():
    """The needs of the visitor's organisations."""
    with services().reading() as session:
        found = store.of_account(session, current_actor().account_id)
    return render_template(
        "matching/list.html", needs=[(need, brief_form.headline(need.text, brief_of(need))) for need in found]
    )


@blueprint.get("/needs/<ref>")
def show(ref: str):
    """A need: its words, its brief, what was made of it, and what its owner can do."""
    with services().reading() as session:
        need = store.visible(session, ref, current_actor())
        made = shortlists.of_need(session, need.id)
        engaged = providers.by_refs(session, [need.engaged_ref]) if need.engaged_ref else {}
        may_edit = actions.may_edit(session, current_actor(), need)
    return render_template(
        "matching/need.html",
        need=need,
        headline=brief_form.headline(need.text, brief_of(need)),
        said=_said(need),
        made=made,
        engaged=engaged.get(need.engaged_ref),
        may_edit=may_edit,
    )


@blueprint.route("/needs/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str):
    """Change the words and the answers of an open need."""
    parts = services()
    with parts.reading() as session:
        need = store.visible(session, ref, current_actor())
    if request.method == "GET":
        return check_page(brief_form.to_form(brief_of(need)), need.text, need=need, version=need.version)
    form, text, errors = request.form, typed_text(), forgery()
    version = form.get("version", "")
    version = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    if form.get("step") == "read" and not errors and not brief_form.text_error(text):
        brief = read_brief(text).to_brief()
        return check_page(brief_form.to_form(brief), text, need=need, version=version)
    stated, wrong = statements(text)
    errors |= wrong
    if errors:
        return check_page(form, text, errors, need=need, version=version)
    command = SubmitNeed(text, brief_form.text_language(text), stated)
    try:
        actions.edit_need(
            ref, version, command, actor=current_actor(), uow=parts.unit_of_work(), clock=parts.clock
        )
    except InvalidInput as error:
        return check_page(form, text, error.fields, need=need, version=version)
    except StaleEdit as error:
        return check_page(form, text, need=error.current, version=error.current.version, status=409)
    return redirect(url_for("shortlists.show", ref=ref), 303)


@blueprint.post("/needs/<ref>/withdraw")
def withdraw(ref: str):
    """Take a need back."""
    parts = services()
    actions.withdraw_need(ref, actor=current_actor(), uow=parts.unit_of_work(), clock=parts.clock)
    flash(_("The need is withdrawn."))
    return redirect(url_for("needs.show", ref=ref), 303)


@blueprint.route("/needs/<ref>/close", methods=["GET", "POST"])
def close(ref: str):
    """Close a need, saying who was engaged, if anybody on its shortlist was."""
    parts, language = services(), current_language()
    with parts.reading() as session:
        need = store.visible(session, ref, current_actor())
        latest = shortlists.latest(session, need.id)
        refs = [match["provider"] for match in latest.result["matches"]] if latest else []
        named = {
            each: found.record.display_name(language)
            for each, found in providers.by_refs(session, refs).items()
        }
    errors = {}
    if request.method == "POST":
        engaged = request.form.get("engaged", "")
        if engaged != "nobody" and engaged not in named:
            errors["engaged"] = N_("Choose whom you engaged, or nobody of these")
        else:
            actions.close_need(
                ref,
                None if engaged == "nobody" else engaged,
                actor=current_actor(),
                uow=parts.unit_of_work(),
                clock=parts.clock,
            )
            flash(_("The need is closed."))
            return redirect(url_for("needs.show", ref=ref), 303)
    body = render_template("matching/close.html", need=need, named=named, errors=errors, values=request.form)
    return body, 400 if errors else 200


@blueprint.post("/needs/<ref>/consent")
def consent(ref: str):
    """Let administrators read a need, or no longer."""
    parts, given = services(), request.form.get("consent") == "yes"
    actions.set_consent(ref, given, actor=current_actor(), uow=parts.unit_of_work(), clock=parts.clock)
    flash(
        _("Administrators may read this need now.")
        if given
        else _("Administrators can no longer read this need.")
    )
    return redirect(url_for("needs.show", ref=ref), 303)
