"""Logs: one JSON record a line, with the id of its request, never with an address that holds a secret."""

from __future__ import annotations

import logging
import secrets
import sys

import structlog
from flask import Flask, g, request

log = structlog.get_logger()


class LoggingFlask(Flask):
    """Flask that logs an unexpected exception by its route: the path, which Flask logs, may hold a token."""

    def log_exception(self, exc_info) -> None:
        rule = request.url_rule.rule if request and request.url_rule else None
        log.error("request failed", route=rule, method=request.method if request else None, exc_info=exc_info)


def configure() -> None:
    """Send every log record of the process to stderr: JSON lines, or readable text on a terminal."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = (
        structlog.dev.ConsoleRenderer(colors=False)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    for old in [
        each for each in root.handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    ]:
        root.removeHandler(old)  # a second application in one process must not log everything twice
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "elastic_transport", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Give each request an id, in its log records and in the answer."""

    @app.before_request
    def _begin():
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _name(response):
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response
