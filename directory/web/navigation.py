"""The links of the header: each web room adds its own, each visitor sees those of his role."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from directory.rules.permissions import allowed
from directory.web.security import current_actor


@dataclass(frozen=True)
class NavigationItem:
    """A link of the header.

    Attributes
    ----------
    endpoint : str
        Where it leads; shown to whoever the access table lets there.
    text : str
        English msgid.
    order : int
        Items are shown in this order.
    roles : frozenset of str or None
        Only for these; None shows it to everybody who may follow it.
    """

    endpoint: str
    text: str
    order: int = 50
    roles: frozenset[str] | None = None


def add(app: Flask, *items: NavigationItem) -> None:
    """Add links to the header."""
    app.extensions.setdefault("navigation", []).extend(items)


def navigation() -> list[NavigationItem]:
    """The links this visitor gets."""
    actor, access = current_actor(), current_app.extensions["access"]
    return sorted(
        (
            item
            for item in current_app.extensions.get("navigation", ())
            if allowed(access[item.endpoint], actor) and (item.roles is None or actor.role in item.roles)
        ),
        key=lambda item: item.order,
    )


def has_page(endpoint: str) -> bool:
    """Whether the application has this page, so that a template may link to a room that is optional."""
    return endpoint in current_app.view_functions
