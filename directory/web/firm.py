"""A firm's own pages: its profiles, what of them is public, what waits for vetting, and editing both."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import list_currencies
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from directory import taxonomy
from directory.actions import profiles
from directory.actions.profiles import EditProfile, OwnProfile, StartProfile
from directory.errors import InvalidInput, NotFound, StaleEdit
from directory.i18n import N_
from directory.rules.permissions import Access
from directory.rules.profile import Waiting, WantedLine, as_wanted
from directory.store import profile_revisions
from directory.types import CredentialRecord, LanguageSkill, StoredProvider
from directory.web.language import current_language
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

SUMMARY_LANGUAGES = ("en", "zh-Hans")
SPARE_ROWS = 2
"""Empty rows for further languages below those that are there."""
CURRENCIES = tuple(taxonomy.reference_rates())
"""Offered in the form: those that a reference rate can compare. A profile may hold any other too."""

MESSAGES = {
    "website": N_("Enter the website as an address that begins with https://, or leave it empty"),
    "summary": N_("Shorten the text to 20,000 characters and use only characters that can be shown"),
    "languages": N_("Choose each language once, with its level"),
    "currency": N_("Choose the currency of the fee"),
    "fee_min_minor": N_("Enter the lowest fee as an amount, for example 20000"),
    "fee_max_minor": N_("Enter a highest fee that is an amount and not below the lowest"),
    "rate_percent": N_("Enter the rate as a number from 0 to 100"),
    "nice": N_("Enter Nice classes as numbers from 1 to 45, separated by commas"),
    "offices": N_("Choose offices from the list"),
    "service": N_("Choose the service"),
    "right": N_("Choose the IP right"),
    "register": N_("Choose the register"),
    "number": N_("Enter the number as the register writes it; see the hint for its form"),
    "name": N_("Enter the name in at least one language"),
    "country": N_("Choose the place of business"),
    "form": N_("Choose organisation or individual"),
    "kind": N_("Choose the kind of provider"),
}
"""What a page says of a field, whatever was wrong with it: what to enter."""


def form_errors(error: InvalidInput) -> dict[str, str]:
    """The action's findings by field of the form: ``service_lines[0].currency`` stands at "currency"."""
    fields: dict[str, str] = {}
    for key, reason in error.fields.items():
        parts = [part.partition("[")[0] for part in key.split(".")]
        name = next((part for part in reversed(parts) if part in MESSAGES), "")
        fields[name] = MESSAGES.get(name, reason)
    return fields


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


def read_about(form: MultiDict[str, str], own: OwnProfile) -> dict[str, Any]:
    """The first section of the form; texts in languages that it does not show are kept."""
    texts = {code: text for code, text in own.stored.record.summary.items() if code not in SUMMARY_LANGUAGES}
    for code in SUMMARY_LANGUAGES:
        if text := form.get(f"summary_{code}", "").replace("\r\n", "\n").strip():
            texts[code] = text
    levels = form.getlist("level")
    skills = [
        LanguageSkill(code=code, level=levels[place] if place < len(levels) and levels[place] else "speak")
        for place, code in enumerate(form.getlist("language"))
        if code
    ]
    return {
        "summary": texts,
        "languages": skills,
        "industries": form.getlist("industries"),
        "website": form.get("website", "").strip() or None,
        "accepts_new": form.get("accepts_new") == "yes",
    }


def show_about(own: OwnProfile) -> MultiDict[str, str]:
    """The form's values from what is stored."""
    record = own.stored.record
    values = MultiDict(
        {f"summary_{code}": record.summary.get(code, "") for code in SUMMARY_LANGUAGES}
        | {"website": record.website or "", "accepts_new": "yes" if record.accepts_new else ""}
    )
    values.setlist("language", [skill.code for skill in record.languages])
    values.setlist("level", [skill.level for skill in record.languages])
    values.setlist("industries", record.industries)
    return values


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


def line_choices() -> dict[str, Any]:
    """Everything that the form of a line chooses from."""
    return {
        "service_options": options("service"),
        "right_options": options("right"),
        "office_options": options("office"),
        "field_options": options("field"),
        "fee_model_options": options("fee_model"),
        "fee_unit_options": options("fee_unit"),
        "purpose_options": options("purpose"),
        "currency_options": [(code, code) for code in CURRENCIES],
    }


def read_line(form: MultiDict[str, str], of: int | None) -> WantedLine:
    """A line from its form.

    Raises
    ------
    InvalidInput
        For amounts and numbers that are none.
    """
    wrong: dict[str, str] = {}
    currency = form.get("currency") or None

    def amount(name: str) -> int | None:
        text = form.get(name, "").strip()
        if not text:
            return None
        if currency is not None and currency not in list_currencies():
            wrong["currency"] = MESSAGES["currency"]
            return None
        digits = taxonomy.minor_digits(currency) if currency else 2
        try:
            value = Decimal(text.replace(",", "").replace(" ", "").replace("，", "")).scaleb(digits)
            if not value.is_finite() or value < 0 or value > 10**15 or value != value.to_integral_value():
                raise InvalidOperation
        except InvalidOperation:
            wrong[name] = MESSAGES[name]
            return None
        return int(value)

    def numbers(name: str, texts: list[str]) -> list[int]:
        found = [text.strip() for text in texts if text.strip()]
        if not all(text.isascii() and text.isdigit() and len(text) < 4 for text in found):
            wrong[name] = MESSAGES.get(name, "")
            return []
        return list(dict.fromkeys(int(text) for text in found))

    rate = None
    if text := form.get("rate_percent", "").strip():
        try:
            rate = float(text)
        except ValueError:
            wrong["rate_percent"] = MESSAGES["rate_percent"]
    low, high = amount("fee_min_minor"), amount("fee_max_minor")
    result = WantedLine(
        of=of,
        service=form.get("service", ""),
        right=form.get("right", ""),
        offices=form.getlist("offices"),
        fields=numbers("fields", form.getlist("fields")),
        nice=numbers("nice", form.get("nice", "").replace("，", ",").replace("、", ",").split(",")),
        fee_model=form.get("fee_model") or None,
        fee_min_minor=low,
        fee_max_minor=high,
        fee_unit=form.get("fee_unit") or None,
        rate_percent=rate,
        currency=currency,
        purposes=form.getlist("purposes"),
    )
    if wrong:
        raise InvalidInput(wrong)
    return result


def show_line(line: WantedLine) -> MultiDict[str, str]:
    """The form's values from a line."""

    def amount(minor: int | None) -> str:
        if minor is None:
            return ""
        value = Decimal(minor).scaleb(-taxonomy.minor_digits(line.currency or "CNY"))
        return str(value.quantize(Decimal(1)) if value == value.to_integral_value() else value)

    values = MultiDict(
        {
            "service": line.service,
            "right": line.right,
            "nice": ", ".join(map(str, line.nice)),
            "fee_model": line.fee_model or "",
            "fee_min_minor": amount(line.fee_min_minor),
            "fee_max_minor": amount(line.fee_max_minor),
            "fee_unit": line.fee_unit or "",
            "rate_percent": "" if line.rate_percent is None else f"{line.rate_percent:g}",
            "currency": line.currency or "",
        }
    )
    values.setlist("offices", line.offices)
    values.setlist("fields", [str(code) for code in line.fields])
    values.setlist("purposes", line.purposes)
    return values


@blueprint.route("/firm/<ref>/credentials", methods=["GET", "POST"])
def credentials(ref: str):
    """Credentials with their sources, and a form for one more, which is the firm's own word until checked."""

    def read(form: MultiDict[str, str], own: OwnProfile) -> dict[str, Any]:
        register, number = form.get("register", ""), form.get("number", "").strip()
        if not taxonomy.is_code("register", register):
            raise InvalidInput({"register": MESSAGES["register"]})
        if not number or not taxonomy.number_has_format(register, number):
            raise InvalidInput({"number": MESSAGES["number"]})
        added = CredentialRecord(register=register, number=number, offices=form.getlist("offices"))
        return {"credentials": [*working_credentials(own), added]}

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


def options(name: str) -> list[tuple[str, str]]:
    """The codes of a list with their labels, for a form."""
    language = current_language()
    return [(code, taxonomy.label(name, code, language)) for code in taxonomy.codes(name)]
