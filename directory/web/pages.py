"""The start page, the pages about the directory itself, and the health check."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, render_template

from directory.rules.permissions import Access

blueprint = Blueprint("pages", __name__)

ACCESS = {
    "pages.start": Access.PUBLIC,
    "pages.about": Access.PUBLIC,
    "pages.health": Access.PUBLIC,
}


@blueprint.get("/")
def start():
    """What the directory is for, and the two ways in."""
    return render_template("pages/start.html")


@blueprint.get("/about")
def about():
    """Who runs it, how order is made, what is kept."""
    return render_template("pages/about.html")


@blueprint.get("/health")
def health():
    """Which parts answer, for load balancers: 200 when all do, else 503. Details are for `flask doctor`."""
    results = {name: check()[0] for name, check in current_app.extensions["checks"].items()}
    fine = all(results.values())
    body = {
        "status": "ok" if fine else "failing",
        "checks": {name: "ok" if passed else "failing" for name, passed in results.items()},
    }
    return jsonify(body), 200 if fine else 503
