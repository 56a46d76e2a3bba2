"""The one typed object that reads the environment; a bad value stops the start with its name and remedy."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting has a value that cannot be used; the message names it and says what it may be."""


class Settings(BaseSettings):
    """Every setting of the program, named as in the environment (docs: formats, "Settings")."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Path("var")
    database_url: str | None = None
    search_url: str | None = None
    search_ca_file: Path | None = None
    search_api_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    audit_key: SecretStr | None = None
    conflicts_key: SecretStr | None = None
    clamd_url: str | None = None
    public_url: str | None = None
    smtp_url: SecretStr | None = None
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    demo: bool = False

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return url

    @field_validator("search_url", "public_url")
    @classmethod
    def _known_scheme(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address; an SQLite file in `data_dir` when none is set."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'directory.sqlite3'}"

    @property
    def https(self) -> bool:
        """Whether the public address is served over TLS, which the cookies then insist on."""
        return (self.public_url or "").startswith("https://")

    def key(self, name: Literal["secret_key", "audit_key", "conflicts_key"]) -> str:
        """A secret: the one set, or one made once and kept in `data_dir` for the demo and for commands.

        Raises
        ------
        SettingsError
            When the folder cannot be written.
        """
        chosen: SecretStr | None = getattr(self, name)
        if chosen is not None:
            return chosen.get_secret_value()
        path = self.data_dir / "keys" / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(secrets.token_urlsafe(32), encoding="ascii")
            return path.read_text(encoding="ascii")
        except OSError as error:
            raise SettingsError(f"{name.upper()} is not set and {path} cannot be written: {error}") from error

    def missing_for_serving(self) -> tuple[str, ...]:
        """Names of the secrets that must be set before pages are served outside the demo."""
        if self.demo:
            return ()
        return tuple(
            name.upper()
            for name in ("secret_key", "audit_key", "conflicts_key")
            if getattr(self, name) is None
        )


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment, each of `overrides` taking the place of its variable.

    Raises
    ------
    SettingsError
        One line that names each bad variable and what it may be.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("; ".join(lines)) from error
