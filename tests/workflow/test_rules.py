"""Properties of every rule's shell command, from the text of the rules."""

import re
from pathlib import Path

import pytest

from tagwerk.workflow.resources import NEEDS

RULES = sorted((Path(__file__).parents[2] / "workflow").rglob("*.smk"))
STRING = r'(?:\s*"(?:[^"\\]|\\.)*")+'


def commands() -> list[str]:
    """Return the shell commands of all rules, each as one string."""
    shells = [re.findall(rf"shell:({STRING})", path.read_text(encoding="utf-8")) for path in RULES]
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', shell)) for rule in shells for shell in rule]


def test_every_rule_with_a_log_has_a_command_to_test():
    texts = [path.read_text(encoding="utf-8") for path in RULES]
    logs, inherited = (sum(text.count(word) for text in texts) for word in ("log:\n", "use rule "))
    assert len(commands()) == logs - inherited >= 8


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.split()[1])
def test_every_name_is_quoted_for_the_shell_and_none_is_read_as_an_option(command):
    placeholders = re.findall(r"\{[^}]*\}", command)
    assert placeholders
    assert [name for name in placeholders if not name.endswith(":q}")] == []
    options, _, names = command.partition(" -- ")
    assert "{input" not in options
    assert "{input" in names or "{params" in names
    assert "--" not in names


def rules() -> dict[str, str]:
    """Return the text of each rule that has a command, by its name in the command."""
    texts = [path.read_text(encoding="utf-8") for path in RULES]
    each = [rule for text in texts for rule in re.split(r"^(?= *(?:use )?rule\b.*:$)", text, flags=re.M)]
    return {
        re.findall(r"shell:\s*\"(?:tagwerk|env) (\S+)", rule)[0] + f"_{index}": rule
        for index, rule in enumerate(each)
        if "shell:" in rule
    }


@pytest.mark.parametrize("rule", rules().values(), ids=rules())
def test_every_rule_with_a_command_declares_memory_disk_and_time(rule):
    """Those that inherit a command with `use rule` inherit these too."""
    (resources,) = re.findall(r"^ +resources:\n((?: +\S.*\n)+?)(?= +\w+:\n)", rule, re.M)
    declared = dict(re.findall(r"(\w+)=(\w+)\b", resources))
    assert declared == {"mem_mb": "memory", "disk_mb": "disk", "runtime": declared["runtime"]}
    assert declared["runtime"].startswith("minutes")
    assert "**HTCONDOR," in resources
    assert set(re.findall(r"\(\"(\w+)\"", resources)) <= set(NEEDS)


def test_the_rules_with_a_command_are_those_tested():
    assert len(rules()) == len(commands())


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_are_ascii_and_run_no_other_shell(path):
    text = path.read_text(encoding="utf-8")
    assert text.isascii()
    assert "shell(" not in text
    assert "os.system" not in text
