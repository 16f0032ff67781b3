"""Every command of the README, in its order, as a reader would type it, with the output that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT
from tests.support.typed_commands import desk, run, typed_in

if TYPE_CHECKING:
    from pathlib import Path

TYPED: Final = list(typed_in((ROOT / "README.md").read_text("utf-8")))
MAKE: Final = ["make demo", "make test"]


def test_every_command_of_the_readme_prints_what_the_readme_shows(tmp_path: Path) -> None:
    place = desk(tmp_path)
    for typed in TYPED:
        if typed.command not in MAKE:
            run(typed, place, "no-broker:9092")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"decisions.jsonl", "commands.jsonl"}


def test_the_readme_begins_with_a_file_that_the_reader_makes() -> None:
    first, *others = (command for command, _ in TYPED)
    assert first.startswith("cat > events.jsonl <<'END'\n")
    assert first.count('"type"') == 3
    assert [" ".join(each.split()[:2]) for each in others[:2]] == ["kithward replay", "kithward explain"]


def test_the_other_commands_are_targets_whose_work_is_tested() -> None:
    others = [command for command, _ in TYPED if not command.startswith(("kithward ", "cat "))]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert others == MAKE
    assert "$(run) -m jobs demo" in makefile  # tests/e2e/test_demo.py runs it
    assert "$(run) -m pytest" in makefile  # which is what runs this
