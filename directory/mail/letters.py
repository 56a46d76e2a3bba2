"""What the mails say, in the reader's language. Plain text; each tells what to do if it was not expected."""

from __future__ import annotations

from typing import NamedTuple

from directory.i18n import N_, gettext

PATHS = {
    "confirm": "/account/confirm/<token>",
    "reset": "/password/new/<token>",
    "new_address": "/account/address/<token>",
    "invitation": "/invitation/<token>",
}
"""Where the page for each kind of mailed link is; web/accounts.py serves them there."""


class Letter(NamedTuple):
    """Subject and text of a mail."""

    subject: str
    body: str


class Writer:
    """Writes letters of one site.

    Parameters
    ----------
    address : str
        The public address of the site, e.g. "https://directory.example".
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def link(self, purpose: str, token: str) -> str:
        """The address of the page that a mailed token opens."""
        return self._address + PATHS[purpose].replace("<token>", token)

    def _letter(self, language: str, subject: str, *paragraphs: str, **values: object) -> Letter:
        texts = [gettext(text, language, **values) for text in paragraphs]
        return Letter(
            gettext(subject, language),
            "\n\n".join([*texts, gettext("IP Services Directory", language)]) + "\n",
        )

    def confirm(self, language: str, token: str) -> Letter:
        """Asks a new account to confirm its address."""
        return self._letter(
            language,
            N_("Confirm your email address"),
            N_("An account was asked for with this address. Open this page within 24 hours to confirm it:"),
            "%(link)s",
            N_("If you did not ask for it, do nothing: without the confirmation nobody can use the account."),
            link=self.link("confirm", token),
        )

    def already_registered(self, language: str) -> Letter:
        """Tells the holder of an address that somebody tried to sign up with it again."""
        return self._letter(
            language,
            N_("You already have an account"),
            N_("Somebody, perhaps you, asked for an account with this address. It has one; sign in here:"),
            "%(sign_in)s",
            N_("If you forgot the password, set a new one here:"),
            "%(forgotten)s",
            N_("If this was not you, you need do nothing."),
            sign_in=self._address + "/sign-in",
            forgotten=self._address + "/password/forgotten",
        )

    def reset(self, language: str, token: str) -> Letter:
        """Lets somebody set a new password."""
        return self._letter(
            language,
            N_("Set a new password"),
            N_("Open this page within one hour to set a new password:"),
            "%(link)s",
            N_("If you did not ask for this, do nothing: your password stays as it is."),
            link=self.link("reset", token),
        )

    def password_changed(self, language: str) -> Letter:
        """Tells that the password was changed."""
        return self._letter(
            language,
            N_("Your password was changed"),
            N_("The password of your account was changed, and other sign-ins were ended."),
            N_("If this was not you, set a new password at once:"),
            "%(forgotten)s",
            forgotten=self._address + "/password/forgotten",
        )

    def new_address(self, language: str, token: str) -> Letter:
        """Asks a changed address to be confirmed; goes to the new one."""
        return self._letter(
            language,
            N_("Confirm your new email address"),
            N_("Open this page within 24 hours to use this address for your account:"),
            "%(link)s",
            N_("If you did not ask for this, do nothing."),
            link=self.link("new_address", token),
        )

    def address_changed(self, language: str, new_address: str) -> Letter:
        """Tells the old address that it was replaced."""
        return self._letter(
            language,
            N_("The email address of your account was changed"),
            N_("Your account now uses the address %(new)s; this one no longer opens it."),
            N_("If this was not you, answer this mail at once."),
            new=new_address,
        )

    def closed(self, language: str) -> Letter:
        """Tells that the account was closed."""
        return self._letter(
            language,
            N_("Your account is closed"),
            N_("Your account was closed and your name, address and password were deleted."),
            N_("If this was not you, answer this mail at once."),
        )

    def invitation(self, language: str, token: str, *, inviter: str, owner: str) -> Letter:
        """Invites a colleague into an organisation."""
        return self._letter(
            language,
            N_("You are invited to an organisation"),
            N_("%(inviter)s invites you to act for %(owner)s. Open this page within 7 days:"),
            "%(link)s",
            N_("If you do not know the sender, do nothing."),
            inviter=inviter,
            owner=owner,
            link=self.link("invitation", token),
        )

    def set_password(self, language: str, token: str) -> Letter:
        """Tells somebody whose account an administrator made how to begin."""
        return self._letter(
            language,
            N_("An account was made for you"),
            N_("Open this page within one hour to set your password; later, ask for a new link there:"),
            "%(link)s",
            link=self.link("reset", token),
        )
