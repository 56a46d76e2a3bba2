"""The audit trail, for administrators."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from directory.rules.permissions import Access
from directory.store import audit
from directory.web.paging import Page, page_number
from directory.web.services import services

blueprint = Blueprint("audit", __name__)

ACCESS = {"audit.events": Access.ADMINISTRATOR}

PAGE_SIZE = 50


@blueprint.get("/admin/audit")
def events():
    """Who did what, newest first, of all or of one subject."""
    wanted = {
        name: request.args.get(name, "").strip()[:80]
        for name in ("subject_type", "subject_ref", "verb", "actor")
    }
    number = page_number()
    with services().reading() as session:
        total, rows = audit.events(session, **wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        choices = audit.choices(session)
    return render_template(
        "pages/audit.html",
        events=rows,
        wanted=wanted,
        subject_types=[(each, each) for each in choices["subject_type"]],
        verbs=[(each, each) for each in choices["verb"]],
        page=Page(number, PAGE_SIZE, total),
    )
