"""How much one request may carry, and from where it comes."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from directory.settings import Settings

MAX_BODY_BYTES = 1_000_000
"""Of one request. Longest legitimate form: a need of 20,000 characters, 4 bytes each and percent-encoded."""

MAX_FIELDS = 1_000
"""Of one form (Flask's own default)."""


def init_app(app: Flask, settings: Settings) -> None:
    """Bound request bodies; believe forwarding headers only of as many proxies as are configured."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)


def client_address() -> str:
    """The network address the request came from, as far as it can be believed."""
    return request.remote_addr or "unknown"
