"""A firm's own pages: its profiles, what of them is public, what waits for vetting, and editing both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from directory.actions import profiles
from directory.actions.profiles import EditProfile, OwnProfile, StartProfile
from directory.errors import InvalidInput, NotFound, StaleEdit
from directory.rules.permissions import Access
from directory.rules.profile import Waiting, WantedLine, as_wanted
from directory.store import profile_revisions
from directory.types import CredentialRecord, StoredProvider
from directory.web.firm_forms import (
    SPARE_ROWS,
    form_errors,
    line_choices,
    options,
    read_about,
    read_credential,
    read_line,
    show_about,
    show_line,
)
from directory.web.security import current_actor
from directory.web.services import services

blueprint = Blueprint("firm", __name__)

ACCESS = {
    "firm.home": Access.FIRM,
    "firm.start": Access.FIRM,
    "firm.profile": Access.FIRM,
    "firm.about": Access.FIRM,
    "firm.line": Access.FIRM,
    "firm.new_line": Access.FIRM,
    "firm.remove_line": Access.FIRM,
    "firm.credentials": Access.FIRM,
    "firm.remove_credential": Access.FIRM,
    "firm.withdraw_waiting": Access.FIRM,
}

# --- What is there ------------------------------------------------------------------------------------------


@blueprint.get("/firm")
def home():
    """The profiles this account acts for."""
    actor = current_actor()
    with services().reading() as session:
        own = [
            profiles.own_profile(session, ref, actor)
            for ref in profile_revisions.provider_refs(session, actor.account_id)
        ]
    return render_template("firm/home.html", profiles=own)


@blueprint.route("/firm/new", methods=["GET", "POST"])
def start():
    """Begin a profile as a draft, which nobody else sees."""
    values, errors = request.form, {}
    if request.method == "POST":
        command = StartProfile(
            name={"en": values.get("name", "").strip(), "zh-Hans": values.get("name_zh", "").strip()},
            form=values.get("form", ""),
            kind=values.get("kind", ""),
            country=values.get("country", ""),
            city=values.get("city", "").strip() or None,
        )
        try:
            ref = profiles.start_profile(
                command, actor=current_actor(), uow=services().unit_of_work(), clock=services().clock
            )
            return redirect(url_for("firm.profile", ref=ref), 303)
        except InvalidInput as error:
            errors = form_errors(error)
    page = render_template(
        "firm/start.html",
        values=values,
        errors=errors,
        error_values={},
        forms=options("form"),
        kinds=options("kind"),
        countries=options("office"),
    )
    return page, 400 if errors else 200


@blueprint.get("/firm/<ref>")
def profile(ref: str):
    """One profile: live beside waiting, with the way to each part."""
    own = _own(ref)
    return render_template("firm/profile.html", own=own, record=own.stored.record, rows=line_rows(own))


def line_rows(own: OwnProfile) -> list[dict[str, Any]]:
    """The wanted lines with what each is now: live, changed (what waits), new or to be removed."""
    wanted = working_lines(own)
    live = own.stored.record.service_lines
    rows = []
    for place, line in enumerate(wanted):
        before = live[line.of] if line.of is not None else None
        changed = before is not None and (before.service, before.right, set(before.offices)) != (
            line.service,
            line.right,
            set(line.offices),
        )
        state = "new" if before is None else "changed" if changed else "live"
        rows.append({"place": place, "line": line, "before": before, "state": state})
    kept = {line.of for line in wanted}
    rows += [
        {"place": None, "line": line, "before": line, "state": "removed"}
        for place, line in enumerate(live)
        if place not in kept
    ]
    return rows


def working_lines(own: OwnProfile) -> list[WantedLine]:
    """The lines as the firm wants them: those that wait, else the live ones."""
    if own.waiting.service_lines is not None:
        return own.waiting.service_lines
    return as_wanted(own.stored.record.service_lines)


def _own(ref: str) -> OwnProfile:
    with services().reading() as session:
        return profiles.own_profile(session, ref, current_actor())


# --- Editing ------------------------------------------------------------------------------------------------


def edit(
    ref: str,
    template: str,
    *,
    read: Callable[[MultiDict[str, str], OwnProfile], dict[str, Any]],
    show: Callable[[OwnProfile], MultiDict[str, str]],
    **context: Any,
):
    """Show a part of a profile for editing, or save it; whatever is refused comes back as it was typed.

    Parameters
    ----------
    read : callable
        From the form to the changed parts of `EditProfile`.
    show : callable
        From the profile to the form's values, for the first look and for showing what is stored now.
    """
    own = _own(ref)
    errors: dict[str, str] = {}
    stale: StoredProvider | None = None
    values = request.form if request.method == "POST" else show(own)
    version = own.stored.version
    if request.method == "POST":
        try:
            waiting = save(ref, read(request.form, own))
            return saved(ref, waiting)
        except InvalidInput as error:
            errors = form_errors(error)
            version = read_version()
        except StaleEdit:
            stale = own.stored
    page = render_template(
        template,
        own=own,
        record=own.stored.record,
        values=values,
        stored_values=show(own) if stale else None,
        stale=stale,
        version=version,
        errors=errors,
        error_values={},
        **context,
    )
    return page, 409 if stale else 400 if errors else 200


def save(ref: str, parts: dict[str, Any]) -> Waiting:
    """Save changed parts through the action."""
    return profiles.edit_profile(
        EditProfile(ref=ref, version=read_version(), **parts),
        actor=current_actor(),
        uow=services().unit_of_work(),
        clock=services().clock,
    )


def read_version() -> int:
    """The version the form was made from; one that is no number is older than any."""
    raw = request.form.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else 0


def saved(ref: str, waiting: Waiting):
    """Back to the profile, with what is live and what waits."""
    if waiting:
        flash(
            _("Saved. Small changes are live now; services, rights, offices, credentials wait for vetting.")
        )
    else:
        flash(_("Saved. The change is live now and found in search within seconds."))
    return redirect(url_for("firm.profile", ref=ref), 303)


@blueprint.route("/firm/<ref>/about", methods=["GET", "POST"])
def about(ref: str):
    """Texts, languages, industries and website: live at once."""
    return edit(
        ref,
        "firm/about.html",
        read=read_about,
        show=show_about,
        language_options=options("language"),
        level_options=options("level"),
        industry_options=options("industry"),
        spare_rows=SPARE_ROWS,
    )


@blueprint.route("/firm/<ref>/lines/<int:place>", methods=["GET", "POST"])
def line(ref: str, place: int):
    """One service line. Its fields and fees are live at once; service, right and offices wait for vetting."""

    def read(form: MultiDict[str, str], own: OwnProfile) -> dict[str, Any]:
        lines = working_lines(own)
        if place >= len(lines):
            raise StaleEdit(own.stored)
        return {"service_lines": [*lines[:place], read_line(form, lines[place].of), *lines[place + 1 :]]}

    if place >= len(working_lines(_own(ref))):
        raise NotFound
    return edit(
        ref,
        "firm/line.html",
        read=read,
        show=lambda own: (
            show_line(working_lines(own)[place]) if place < len(working_lines(own)) else MultiDict()
        ),
        place=place,
        **line_choices(),
    )


@blueprint.route("/firm/<ref>/lines/new", methods=["GET", "POST"])
def new_line(ref: str):
    """A further service line, which waits for vetting."""
    return edit(
        ref,
        "firm/line.html",
        read=lambda form, own: {"service_lines": [*working_lines(own), read_line(form, None)]},
        show=lambda own: MultiDict(),
        place=None,
        **line_choices(),
    )


@blueprint.post("/firm/<ref>/lines/<int:place>/remove")
def remove_line(ref: str, place: int):
    """Ask for a line to be taken out; a line that never went live goes at once."""
    lines = working_lines(_own(ref))
    if place >= len(lines):
        raise NotFound
    return saved(ref, save(ref, {"service_lines": [*lines[:place], *lines[place + 1 :]]}))


@blueprint.route("/firm/<ref>/credentials", methods=["GET", "POST"])
def credentials(ref: str):
    """Credentials with their sources, and a form for one more, which is the firm's own word until checked."""

    def read(form: MultiDict[str, str], own: OwnProfile) -> dict[str, Any]:
        return {"credentials": [*working_credentials(own), read_credential(form)]}

    own = _own(ref)
    return edit(
        ref,
        "firm/credentials.html",
        read=read,
        show=lambda own: MultiDict(),
        working=working_credentials(own),
        register_options=options("register"),
        office_options=options("office"),
    )


@blueprint.post("/firm/<ref>/credentials/<int:place>/remove")
def remove_credential(ref: str, place: int):
    """Ask for a credential to be taken out."""
    working = working_credentials(_own(ref))
    if place >= len(working):
        raise NotFound
    return saved(ref, save(ref, {"credentials": [*working[:place], *working[place + 1 :]]}))


def working_credentials(own: OwnProfile) -> list[CredentialRecord]:
    """The credentials as the firm wants them: those that wait, else the live ones."""
    if own.waiting.credentials is not None:
        return own.waiting.credentials
    return own.stored.record.credentials


@blueprint.post("/firm/<ref>/waiting/withdraw")
def withdraw_waiting(ref: str):
    """Take back everything that waits."""
    profiles.withdraw_waiting(
        ref, read_version(), actor=current_actor(), uow=services().unit_of_work(), clock=services().clock
    )
    flash(_("What waited was taken back. The profile stays as it is public."))
    return redirect(url_for("firm.profile", ref=ref), 303)
