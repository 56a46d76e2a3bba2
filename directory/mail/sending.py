"""Handing mails over: to an SMTP server, or without one into a folder where they can be read."""

from __future__ import annotations

import smtplib
import ssl
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from directory.settings import Settings, SettingsError

TIMEOUT_SECONDS = 20.0


class SendingFailed(Exception):
    """A mail could not be handed over; it may be tried again."""


class Transport(Protocol):
    """Takes mails."""

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Hand one mail over, or raise `SendingFailed`."""
        ...


def compose(sender: str, recipient: str, subject: str, body: str) -> EmailMessage:
    """The mail as a message; the library refuses a header that holds a line break."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # any server takes it
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please
    message.set_content(body)
    return message


class Folder:
    """Writes each mail into a folder as an .eml file: for the demo and for tests."""

    def __init__(self, path: Path, sender: str) -> None:
        self._path = path
        self._sender = sender

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Write one mail."""
        message = compose(self._sender, recipient, subject, body)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            (self._path / f"{time.time_ns()}.eml").write_bytes(bytes(message))
        except OSError as error:
            raise SendingFailed(str(error)) from error


class Smtp:
    """Hands each mail to a server, over TLS unless that server is this machine."""

    def __init__(
        self, host: str, port: int, *, user: str | None, password: str | None, tls: bool, sender: str
    ) -> None:
        self._host, self._port, self._user, self._password = host, port, user, password
        self._tls, self._sender = tls, sender

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Send one mail."""
        message = compose(self._sender, recipient, subject, body)
        try:
            with self._connect() as server:
                if not self._tls and self._host not in ("localhost", "127.0.0.1"):
                    server.starttls(context=ssl.create_default_context())
                if self._user is not None:
                    server.login(self._user, self._password or "")
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise SendingFailed(type(error).__name__) from error  # its text may repeat the recipient

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)


def transport(settings: Settings) -> Transport:
    """The way mails go: SMTP_URL's (`smtp[s]://user:password@host:port?from=address`), else a folder.

    Raises
    ------
    SettingsError
        When SMTP_URL cannot be read.
    """
    host = urlsplit(settings.public_url or "").hostname or "localhost"
    if settings.smtp_url is None:
        return Folder(settings.data_dir / "outbox", f"no-reply@{host}")
    url = urlsplit(settings.smtp_url.get_secret_value())
    try:
        port = url.port
    except ValueError as error:
        raise SettingsError("SMTP_URL: the port must be a number") from error
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise SettingsError(
            "SMTP_URL: must be smtp://host:port or smtps://user:password@host:port?from=address"
        )
    tls = url.scheme == "smtps"
    return Smtp(
        url.hostname,
        port or (465 if tls else 587),
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        tls=tls,
        sender=parse_qs(url.query).get("from", [f"no-reply@{host}"])[0],
    )
