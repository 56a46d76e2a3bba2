"""What was refused, as a page: the one place where typed errors become status codes."""

from __future__ import annotations

from flask import Flask, g, render_template
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from directory.errors import IllegalTransition, InvalidInput, NotAllowed, NotFound, StaleEdit, TooMany
from directory.types import ANYBODY


def page(status: int, title: str, text: str, **headers: str):
    """An error page; its texts are already in the page's language."""
    body = render_template("errors/error.html", status=status, heading=title, text=text)
    return body, status, {name.replace("_", "-"): value for name, value in headers.items()}


def not_found(_error: object = None):
    """The same page for what does not exist and for what is not this person's to know of."""
    return page(
        404,
        _("Page not found"),
        _("There is nothing at this address, or nothing that you may see. Check the address."),
    )


def not_allowed(_error: object = None):
    return page(403, _("You may not do this"), _("Your account may see this but not change it."))


def invalid(error: InvalidInput):
    """For requests that no form of ours makes; forms show their own errors."""
    text = " ".join(_(message, **error.values) for message in error.fields.values())
    return page(400, _("This request cannot be answered"), text)


def conflict(_error: object = None):
    return page(
        409,
        _("This has changed meanwhile"),
        _("It was changed since you opened the page, or the step was already taken. Open it again."),
    )


def too_many(error: TooMany):
    minutes = max(1, -(-error.retry_seconds // 60))
    return page(
        429,
        _("Too many tries"),
        _("Wait %(minutes)s minutes, then try again.", minutes=minutes),
        Retry_After=str(error.retry_seconds),
    )


def forged(_error: CSRFError):
    return page(
        400,
        _("The form was not sent"),
        _("The page was opened in another sign-in. Go back, load it again and send it once more."),
    )


def untrusted_host(_error: SecurityError):
    """For a request under a name that is not ours; no page, because a page could not link anywhere."""
    return "This is not the address of the site.\n", 400, {"Content-Type": "text/plain"}


def by_status(error: HTTPException):
    """Whatever Flask and Werkzeug refuse."""
    if error.code == 404:
        return not_found()
    if error.code is None or error.code < 400:
        return error
    texts = {
        405: (
            _("This address does not take that request"),
            _("Go back and use the links and buttons of the page."),
        ),
        413: (_("That is too large"), _("Shorten the text and send it again.")),
    }
    heading, text = texts.get(
        error.code,
        (_("This request cannot be answered"), _("Check what was entered and try again.")),
    )
    return page(error.code, heading, text)


def failed(_error: Exception):
    """Something broke: logged by then (see `logs.LoggingFlask`). The page asks nothing of the database."""
    g.actor = ANYBODY
    return page(
        500,
        _("Sorry, something went wrong"),
        _("Try again later; if it keeps failing, quote the number %(id)s.", id=g.get("request_id", "")),
    )


def init_app(app: Flask) -> None:
    """Show each kind of refusal as a page with its status."""
    app.register_error_handler(NotFound, not_found)
    app.register_error_handler(NotAllowed, not_allowed)
    app.register_error_handler(InvalidInput, invalid)
    app.register_error_handler(StaleEdit, conflict)
    app.register_error_handler(IllegalTransition, conflict)
    app.register_error_handler(TooMany, too_many)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(SecurityError, untrusted_host)
    app.register_error_handler(HTTPException, by_status)
    app.register_error_handler(500, failed)
