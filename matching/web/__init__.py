"""The pages of matching: needs, their shortlists, and how the order is made.

It owns: the blueprints `needs` (describe, check, keep, change, end), `shortlists` (who fits and why,
who does not) and `methodology` (what counts, published), and `brief_form`, which turns a brief
into fields and back. Views parse, call one action or `matching.shortlisting` and show the result;
they judge nothing. Start at `needs.check`, then `shortlists.show`.
"""

from __future__ import annotations

from flask import Flask

from directory.i18n import N_
from directory.web import navigation
from matching.web import methodology, needs, shortlists

_ROOMS = (needs, shortlists, methodology)

ACCESS = {endpoint: access for room in _ROOMS for endpoint, access in room.ACCESS.items()}


def register(app: Flask) -> None:
    """Add this package's pages."""
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    for endpoint in needs.CHECK_THEMSELVES:
        app.extensions["csrf"].exempt(app.view_functions[endpoint])
    app.extensions["access"].update(ACCESS)
    navigation.add(
        app,
        navigation.NavigationItem("needs.new", N_("Describe a need"), 20),
        navigation.NavigationItem("needs.list", N_("Your needs"), 30, frozenset({"owner"})),
    )
