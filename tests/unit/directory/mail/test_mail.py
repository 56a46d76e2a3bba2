"""What mails say, and how they are made and handed over."""

import pytest

from directory.mail.letters import PATHS, Writer
from directory.mail.sending import Folder, SendingFailed, Smtp, compose, transport
from directory.settings import Settings, SettingsError

WRITER = Writer("https://directory.example/")
LETTERS = {
    "confirm": WRITER.confirm("en", "t0ken"),
    "reset": WRITER.reset("en", "t0ken"),
    "new_address": WRITER.new_address("en", "t0ken"),
    "invitation": WRITER.invitation("en", "t0ken", inviter="Ada", owner="100 % Invented"),
}


@pytest.mark.parametrize("purpose", PATHS)
def test_a_letter_with_a_link_holds_it_whole(purpose):
    link = "https://directory.example" + PATHS[purpose].replace("<token>", "t0ken")
    assert link in LETTERS[purpose].body.split()


def test_what_people_typed_is_not_read_as_a_placeholder():
    assert "100 % Invented" in LETTERS["invitation"].body
    assert "%(" not in "".join(letter.body for letter in LETTERS.values())


def test_a_message_is_well_formed_in_any_language():
    message = compose(
        "no-reply@directory.example",
        "ada@works.example",
        "确认您的邮箱",
        "打开此页：\n\nhttps://x.example/ü\n",
    )
    raw = bytes(message)
    assert raw.isascii()
    assert message["Subject"] == "确认您的邮箱"
    assert "打开此页" in message.get_content()
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("bad", ["a\r\nBcc: all@works.example", "a\nb"])
def test_a_line_break_makes_no_header(bad):
    with pytest.raises(ValueError, match="linefeed"):
        compose("no-reply@directory.example", "ada@works.example", bad, "text")


def test_folder_without_smtp(tmp_path):
    mails = transport(Settings(data_dir=tmp_path, public_url="https://directory.example"))
    assert isinstance(mails, Folder)
    mails.send("ada@works.example", "First", "one")
    mails.send("ada@works.example", "Second", "two")
    written = sorted((tmp_path / "outbox").glob("*.eml"))
    assert [b"Subject: First" in written[0].read_bytes(), b"Subject: Second" in written[1].read_bytes()] == [
        True
    ] * 2
    assert b"From: no-reply@directory.example" in written[0].read_bytes()


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "outbox").write_text("a file stands in the way")
    with pytest.raises(SendingFailed):
        Folder(tmp_path / "outbox", "a@b.example").send("ada@works.example", "s", "b")


@pytest.mark.parametrize(
    "url", ["smtp.example", "http://smtp.example", "smtp://", "smtp://host:many", "smtps://"]
)
def test_a_bad_address_of_the_server_stops_the_start(tmp_path, url):
    with pytest.raises(SettingsError, match="SMTP_URL"):
        transport(Settings(data_dir=tmp_path, smtp_url=url))


def test_a_server_that_is_not_there_is_a_failure_to_try_again(tmp_path):
    mails = transport(Settings(data_dir=tmp_path, smtp_url="smtp://127.0.0.1:1"))
    assert isinstance(mails, Smtp)
    with pytest.raises(SendingFailed):
        mails.send("ada@works.example", "s", "b")
