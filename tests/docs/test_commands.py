"""Command lines of the pages parse: commands, options, rules, cards, targets and scripts of these names exist."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from snakemake.cli import get_argument_parser
from typer.exceptions import TyperException
from typer.main import get_command

from tagwerk.cli import STAGES, application
from tests.docs.pages import PAGES, PROGRAMS, ROOT, Command, command_lines, commands

COMMANDS = [command for page in PAGES for command in commands(page)]


# Names of cards that the pages leave to the reader.
OWN = ("mine", "my_gru", "other", "part", "s")


def of(program):
    return pytest.mark.parametrize("command", [each for each in COMMANDS if each.words[0] == program], ids=str)


def has_card(name, page):
    """Whether a card of this name is shipped, or the page says where to write it."""
    name = name.rpartition("/")[2]
    written = name in OWN or re.search(rf"config/\w+/{re.escape(name)}\.yaml", page.read_text(encoding="utf-8"))
    return bool(written or list(ROOT.glob(f"config/*/{name}.yaml")))


def parse(command: Command) -> None:
    """Parse a command line of `tagwerk`; within a sentence, arguments may be left out."""
    stage, *arguments = command.words[1:]
    assert stage in STAGES
    try:
        parsed = get_command(application([stage])).commands[stage].make_context(stage, arguments)
    except typer.BadParameter as error:
        if command.inline and str(error).startswith("Missing"):
            return
        raise
    for name in ("card", "study", "dataset", "tagger"):
        card = parsed.params.get(name)
        assert card is None or str(card).isupper() or Path(card).suffix or has_card(str(card), command.page), card


@cache
def rules() -> set[str]:
    return {
        name
        for file in (ROOT / "workflow").rglob("*")
        if file.suffix == ".smk" or file.name == "Snakefile"
        for name in re.findall(r"^(?:rule|use rule \w+ as) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


@of("tagwerk")
def test_commands_of_tagwerk_parse(command):
    if len(command.words) > 1 and not (command.words[1].startswith("-") or command.words[1].isupper()):
        parse(command)


@of("snakemake")
def test_commands_of_snakemake_parse(command):
    words = list(command.words[1:])
    if "..." in words:  # in place of a value
        del words[words.index("...") - 1 : words.index("...") + 1]
    options = get_argument_parser().parse_args(words)
    for setting in options.config or []:
        key, _, value = setting.partition("=")
        assert key in ("study", "search")
        assert has_card(value, command.page), value
    for target in options.targets or []:
        assert target in rules() or target.startswith("results/"), target
    assert [profile for profile in options.workflow_profile or [] if not (ROOT / profile).exists()] == []


@of("make")
def test_targets_of_make_exist(command):
    targets = re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [word for word in command.words[1:] if "=" not in word and word not in targets] == []


@of("python")
def test_scripts_exist_and_have_these_options(command):
    if command.words[1] == "-m":
        assert find_spec(command.words[2]) is not None
    elif command.words[1] != "-c":
        text = (ROOT / command.words[1]).read_text(encoding="utf-8")
        assert [word for word in command.words[2:] if word.startswith("--") and f'"{word}"' not in text] == []


def test_every_program_has_command_lines_on_the_pages():
    assert {command.words[0] for command in COMMANDS} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tagwerk ingest top a.root --output b", "No such option: --output"),
        ("tagwerk trian lstm", "'trian' in"),
        ("tagwerk score model jets", "Missing parameter: out"),
        ("tagwerk ingest tpo a.root --out b", "tpo"),
    ],
)
def test_a_wrong_command_line_is_noticed(line, message):
    with pytest.raises((AssertionError, TyperException), match=message):
        parse(Command(ROOT / "README.md", 1, tuple(line.split()), inline=False))


def test_lines_of_a_script_become_commands():
    script = "make setup && ls  # of a clone\nfor s in a b; do\n  tagwerk score m \\\n    --split $s > log\ndone\n"
    assert list(command_lines(script)) == [("make", "setup"), ("tagwerk", "score", "m", "--split", "a")]
