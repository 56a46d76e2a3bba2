"""The composition root: joins the three packages into one application. Nothing imports this module.

`wsgi:app` and `flask --app wsgi` both work, yet importing the module builds nothing.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from whitenoise import WhiteNoise

import directory.cli
import directory.web
import matching.cli
import matching.web
import search.cli
import search.web
from directory.actions.auditing import note_audit_head
from directory.actions.mailing import send_waiting
from directory.clock import Clock, SystemClock
from directory.db import connect, sessions
from directory.mail.sending import transport
from directory.settings import Settings, SettingsError, read_settings
from directory.store.health import check_database
from directory.web import logs, security
from directory.web.services import Services
from search import indexing

TEMPLATES = Path(__file__).resolve().parent / "templates"
STATIC_SECONDS = 24 * 3600
"""How long browsers may keep a static file; addresses of our own files carry their version."""


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """The whole application, for serving and for commands.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment when not given.
    clock : Clock, optional
        The machine's clock when not given.

    Raises
    ------
    SettingsError
        When a setting cannot be used.
    """
    settings = settings or read_settings()
    clock = clock or SystemClock()
    logs.configure()
    app = logs.LoggingFlask("wsgi", root_path=str(TEMPLATES.parent), static_folder="templates/static")
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    services = Services(
        settings=settings,
        clock=clock,
        engine=connect(settings.sqlalchemy_url),
        audit_key=settings.key("audit_key"),
    )
    app.extensions["services"] = services
    app.extensions["create_app"] = create_app  # for the demo, which has settings of its own
    app.extensions["checks"] = {"database": partial(check_database, sessions(services.engine))}
    mails = transport(settings)
    app.extensions["worker_steps"] = [
        ("mail", lambda: send_waiting(mails, uow=services.unit_of_work(), clock=services.clock)),
        ("audit head", partial(_note_audit_head, services)),
    ]
    search_engine = indexing.open_engine(settings)
    app.extensions["search"] = search_engine
    app.extensions["checks"]["search"] = partial(indexing.check, search_engine)
    app.extensions["worker_steps"] += indexing.worker_steps(search_engine, services.reading, clock=clock)
    Bootstrap5(app)
    directory.web.init_app(app, settings)
    directory.web.register(app)
    directory.cli.register(app)
    search.web.register(app)
    search.cli.register(app)
    matching.web.register(app)
    matching.cli.register(app)
    serve_static(app, settings)
    return app


def _note_audit_head(services: Services) -> None:
    with services.reading() as session:
        note_audit_head(session, services.settings.data_dir)


def serve_static(app: Flask, settings: Settings) -> None:
    """Serve our static files and Bootstrap's before the application is asked, with the same headers."""
    headers = security.security_headers(settings)

    def add_headers(answer: MutableMapping[str, str], _path: str, _url: str) -> None:
        for name, value in headers.items():
            answer[name] = value

    files = WhiteNoise(
        app.wsgi_app, max_age=STATIC_SECONDS, allow_all_origins=False, add_headers_function=add_headers
    )
    files.add_files(TEMPLATES / "static", prefix=app.static_url_path)
    bootstrap = app.blueprints["bootstrap"]
    files.add_files(f"{bootstrap.static_folder}/css", prefix=f"{bootstrap.static_url_path}/css")
    app.wsgi_app = files  # type: ignore[method-assign]  # the way Flask documents for middleware


def __getattr__(name: str) -> Flask:
    """`app`, built when somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    try:
        application = create_app()
    except SettingsError as error:
        sys.exit(f"Cannot start: {error}")
    globals()["app"] = application
    gc.freeze()  # all this stays for good; looking through it again would hold up a request now and then
    return application
