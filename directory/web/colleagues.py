"""Pages for the people who act for an owner organisation."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from directory.actions import colleagues as acting
from directory.errors import InvalidInput, NotFound
from directory.mail.letters import PATHS
from directory.rules.permissions import Access
from directory.store import accounts
from directory.web.accounts import token_page, writer
from directory.web.language import current_language
from directory.web.security import current_actor, signed_in_account
from directory.web.services import services

blueprint = Blueprint("colleagues", __name__)

ACCESS = {
    "colleagues.colleagues": Access.OWNER,
    "colleagues.remove": Access.OWNER,
    "colleagues.join": Access.PUBLIC,
}


@blueprint.route("/account/colleagues", methods=["GET", "POST"])
def colleagues():
    """Who acts for the organisation, and a form to invite one more."""
    parts, actor, errors = services(), current_actor(), {}
    if request.method == "POST":
        try:
            acting.invite(
                request.form.get("email", ""),
                request.form.get("role", ""),
                actor=actor,
                uow=parts.unit_of_work(),
                clock=parts.clock,
                writer=writer(),
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            parts.nudge()
            flash(_("The invitation is on its way."))
            return redirect(url_for("colleagues.colleagues"), 303)
    return _page(errors)


def _page(errors: dict[str, str]):
    actor = current_actor()
    with services().reading() as reading:
        owner = accounts.owner_of(reading, actor.account_id)
        if owner is None:
            raise NotFound
        members = accounts.members(reading, owner[0])
        role = accounts.membership(reading, owner[0], actor.account_id)
    body = render_template(
        "accounts/colleagues.html",
        owner=owner[1],
        members=members,
        may_edit=role == "editor",
        errors=errors,
        values=request.form,
    )
    return body, 400 if errors else 200


@blueprint.post("/account/colleagues/<int:account_id>/remove")
def remove(account_id: int):
    """Take somebody out of the organisation."""
    try:
        acting.remove_colleague(account_id, actor=current_actor(), uow=services().unit_of_work())
    except InvalidInput as error:
        return _page(error.fields)
    if account_id == current_actor().account_id:
        return redirect(url_for("account_settings.home"), 303)
    return redirect(url_for("colleagues.colleagues"), 303)


@blueprint.route(PATHS["invitation"], methods=["GET", "POST"])
def join(token: str):
    """Take an invitation, with an account or by making one."""
    parts, account, errors = services(), signed_in_account(), {}
    try:
        with parts.reading() as reading:
            offer = acting.invitation(reading, token, now=parts.clock.now())
    except InvalidInput as error:
        return token_page("accounts/join.html", 400, errors=error.fields, offer=None)
    if request.method == "POST":
        new = acting.NewColleague(
            request.form.get("name", ""), request.form.get("password", ""), current_language()
        )
        try:
            acting.join(token, actor=current_actor(), uow=parts.unit_of_work(), clock=parts.clock, new=new)
        except InvalidInput as error:
            errors = error.fields
        else:
            if account is not None:
                return redirect(url_for("colleagues.colleagues"), 303)
            return redirect(url_for("accounts.sign_in", done="joined"), 303)
    fits = account is not None and account.email == offer.email
    return token_page(
        "accounts/join.html",
        400 if errors else 200,
        errors=errors,
        offer=offer,
        fits=fits,
        signed_in=account is not None,
        values=request.form,
    )
