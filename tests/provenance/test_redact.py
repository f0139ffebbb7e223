from pathlib import Path

import pytest

from tagwerk.provenance.redact import command_line, redacted, without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("root://me:secret@host:1094//store/a.root", "root://host:1094//store/a.root"),
        ("root://host//store/a.root?authz=Bearer%20abc&x=1", "root://host//store/a.root?..."),
        ("https://host/a.root", "https://host/a.root"),
        ("@root://token@host//a", "@root://host//a"),
        ("root:/me:secret@host/a.root?authz=x", "root:/host/a.root?..."),
        ("results/studies/demo", "results/studies/demo"),
        ("a?b", "a?b"),
    ],
)
def test_passwords_and_tokens_in_urls_are_left_out(text, shown):
    assert redacted(text) == shown


def test_the_home_directory_is_left_out(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert Path.home() == Path("/home/me")
    assert redacted("/home/me/data/a.root") == "~/data/a.root"
    assert redacted("/home/me") == "~"
    for other in ("/home/mean/a.root", "/data/home/me/a.root", "x/home/me"):
        assert redacted(other) == other


def test_a_command_line_is_quoted_for_a_shell_and_not_too_long():
    assert command_line(["tagwerk", "ingest", "my card", "$HOME"]) == "tagwerk ingest 'my card' '$HOME'"
    text = command_line(["tagwerk", *["file.root"] * 10_000])
    assert len(text) < 2100
    assert text.endswith(" ...")


def test_cards_keep_all_but_the_credentials_of_urls():
    card = "title: 'x? a@b'  # see https://host/x\nfiles: ['root://me:secret@host//a?authz=b', '/home/me/*.root']\n"
    shown = "title: 'x? a@b'  # see https://host/x\nfiles: ['root://host//a?...', '/home/me/*.root']\n"
    assert without_credentials(card) == shown
