"""The message catalogues: what the program says to people, in each page language.

`./run translations` starts this file: it brings both `.po` files up to what the code says and prints what
nobody has translated yet. New messages come in, unused ones go, and their order is that of the alphabet;
there are no line numbers and no dates in the files, so that a diff shows messages only.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ("en", "zh_Hans")
SOURCE = "en"
"""The locale whose texts are the messages themselves."""

KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "N_": None, "both": None}

HEADER = """\
msgid ""
msgstr ""
"Language: {catalog.locale_identifier}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {catalog.plural_forms}\\n"

"""


def messages_in_code() -> set[str | tuple[str, ...]]:
    """Every message of the packages and templates; a tuple of singular and plural where it counts."""
    found = set()
    for mapping in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]:
        patterns = mapping["pattern"] if isinstance(mapping["pattern"], list) else [mapping["pattern"]]
        for folder, _, pattern in (each.partition("/") for each in patterns):
            method = [(pattern, mapping["method"])]
            for _, _, message, _, _ in extract_from_dir(ROOT / folder, method, keywords=KEYWORDS):
                found.add(message)
    return found


def catalogue_path(locale: str) -> Path:
    """Where a locale's catalogue lies."""
    return ROOT / "directory/translations" / locale / "LC_MESSAGES/messages.po"


def catalogue(locale: str) -> Catalog:
    """The catalogue of a locale as it lies on disk; an empty one when there is none."""
    path = catalogue_path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def texts_of(message: Message) -> tuple[str, ...]:
    """The translations of a message, one for each plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def is_finished(message: Message) -> bool:
    """Whether a message is translated, and by somebody who was sure."""
    return not message.fuzzy and all(texts_of(message))


def updated(locale: str, messages: set[str | tuple[str, ...]]) -> Catalog:
    """The catalogue of a locale with exactly `messages`, translated as far as they were before."""
    before, after = catalogue(locale), Catalog(locale=locale)
    for message in messages:
        known = before.get(message)
        if locale == SOURCE:
            after.add(message, message)
        elif known is not None and known.id == message and is_finished(known):
            after.add(message, known.string)
        else:
            after.add(message)
    return after


def main() -> None:
    """Write both catalogues; end with those messages that wait for a translation."""
    messages = messages_in_code()
    waiting = []
    for locale in LOCALES:
        catalog = updated(locale, messages)
        path = catalogue_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            target.write(HEADER.format(catalog=catalog).encode())
            write_po(target, catalog, width=0, sort_output=True, no_location=True, omit_header=True)
        waiting += [f"{locale}: {each.id}" for each in catalog if each.id and not is_finished(each)]
    if waiting:
        sys.exit("\n".join([*sorted(waiting), f"{len(waiting)} messages wait for a translation"]))


if __name__ == "__main__":
    main()
