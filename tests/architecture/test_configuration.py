"""docs/configuration.md: every option, environment variable and fixed setting of Flink, with its default."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
import typer

from jobs.cli.app import app
from tests.architecture.source import ROOMS, ROOT, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION: Final = ROOT / "docs" / "configuration.md"


def verbs(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every verb of the tool with its command."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for part, inner in below.items():
        yield from verbs(inner, f"{name} {part}".strip())


COMMANDS: Final = dict(verbs(typer.main.get_command(app)))


@pytest.mark.parametrize(("verb", "command"), COMMANDS.items())
def test_every_option_stands_in_the_configuration_with_its_default(verb: str, command: Any) -> None:
    table = section(f"### `kithward {verb}`")
    for option in command.params:
        name = option.opts[0] if option.opts[0].startswith("-") else option.metavar
        (row,) = (row for row in table.splitlines() if re.match(rf"\| `{re.escape(name)}[ `]", row))
        default = getattr(option.default, "value", option.default)
        assert default in (None, False) or f"| `{default}` |" in row, row
        assert not option.required or "| required |" in row, row
        assert not option.envvar or f"`{option.envvar}`" in row, row


def test_the_configuration_has_no_option_that_is_gone() -> None:
    for verb, command in COMMANDS.items():
        known = {name for option in command.params for name in option.opts}
        shown = set(re.findall(r"^\| `(--[\w-]+)", section(f"### `kithward {verb}`"), re.MULTILINE))
        assert shown <= known, verb


def test_every_environment_variable_stands_in_the_configuration() -> None:
    table = section("## Environment variables")
    options = (option for _, command in COMMANDS.items() for option in command.params)
    read = {option.envvar for option in options if option.envvar}
    read |= {name for source in sources(*ROOMS, "tests") for name in variables(source)}
    assert len(read) > 5
    assert {name for name in read if f"`{name}`" not in table} == set()


def test_every_setting_of_flink_stands_in_the_configuration() -> None:
    (settings,) = (source for source in sources("jobs") if source.name.endswith("flink/settings.py"))
    constants = (node.value for node in ast.walk(settings.tree) if isinstance(node, ast.Constant))
    texts = (value for value in constants if isinstance(value, str))
    keys = [text for text in texts if re.fullmatch(r"[a-z]+(\.[a-z-]+)+", text)]
    table = section("## What the job sets itself")
    assert len(keys) > 10
    assert [key for key in keys if f"`{key}`" not in table] == []


def section(heading: str) -> str:
    """Return what stands under a heading of the configuration, up to the next heading of its level or above."""
    _, found, rest = CONFIGURATION.read_text("utf-8").partition(f"\n{heading}\n")
    assert found, heading
    level = len(heading) - len(heading.lstrip("#"))
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def variables(source: Source) -> Iterator[str]:
    """Yield the environment variables that a file names beside `os.environ`."""
    for node in ast.walk(source.tree):
        named: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and is_environ(node.value):
            named = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_environ(node.func.value):
            named = node.args[:1]
        elif isinstance(node, ast.Compare) and any(map(is_environ, node.comparators)):
            named = [node.left]
        yield from (name.value for name in named if isinstance(name, ast.Constant) and isinstance(name.value, str))


def is_environ(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"
