"""The forms of a profile's editor: from what is stored to what is shown, and back from what was typed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import list_currencies
from werkzeug.datastructures import MultiDict

from directory import taxonomy
from directory.actions.profiles import OwnProfile
from directory.errors import InvalidInput
from directory.i18n import N_
from directory.rules.profile import WantedLine
from directory.types import CredentialRecord, LanguageSkill
from directory.web.language import current_language

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
    "city": N_("Enter the city in at most 120 characters"),
    **dict.fromkeys(
        ("industries", "fields", "purposes", "fee_model", "fee_unit"), N_("Choose from the list")
    ),
}
"""What a page says of a field, whatever was wrong with it: what to enter."""


def form_errors(error: InvalidInput) -> dict[str, str]:
    """The action's findings by field of the form: ``service_lines[0].currency`` stands at "currency"."""
    fields: dict[str, str] = {}
    for key in error.fields:
        parts = [part.partition("[")[0] for part in key.split(".")]
        name = next((part for part in reversed(parts) if part in MESSAGES), "")
        fields[name] = MESSAGES.get(name, N_("Check what was entered and try again."))
    return fields


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
            wrong[name] = MESSAGES[name]
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


def read_credential(form: MultiDict[str, str]) -> CredentialRecord:
    """One more credential, as its holder's own word.

    Raises
    ------
    InvalidInput
        When there is no such register, or the number is not written as its numbers are.
    """
    register, number = form.get("register", ""), form.get("number", "").strip()
    if not taxonomy.is_code("register", register):
        raise InvalidInput({"register": MESSAGES["register"]})
    if not number or not taxonomy.number_has_format(register, number):
        raise InvalidInput({"number": MESSAGES["number"]})
    return CredentialRecord(register=register, number=number, offices=form.getlist("offices"))


def options(name: str) -> list[tuple[str, str]]:
    """The codes of a list with their labels, for a form."""
    language = current_language()
    return [(code, taxonomy.label(name, code, language)) for code in taxonomy.codes(name)]
