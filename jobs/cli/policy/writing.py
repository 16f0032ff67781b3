"""`kithward policy new` and `diff`: a policy file to begin with, and what one policy changes of another."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import AllowOutside, check_policy
from jobs.cli.output.terminal import echo
from jobs.cli.policy.questions import ask_for_policy
from jobs.errors import BadInput
from jobs.policy.authoring.difference import Change, changes
from jobs.policy.authoring.draft import Preset, write_draft
from jobs.policy.file import InvalidPolicy, default_policy
from jobs.printable import json_text, printable

_DIFFERENT = 1

_STANDARD_OUTPUT = Path("-")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, - for standard output.")]
From = Annotated[
    Preset | None,
    typer.Option("--from", metavar="PRESET", help="careful, balanced or strict. Without it questions are asked."),
]
Version = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The version's name. Default: that of the preset.")
]
Old = Annotated[Path, typer.Argument(metavar="OLD", help="The policy that is changed; alone: what it changes.")]
New = Annotated[Path | None, typer.Argument(metavar="NEW", help="The policy that changes it.")]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON array.")]


def new(file: File, preset: From = None, version: Version = None) -> None:
    """Write a policy file to begin with.

    It holds what differs from the defaults, each key with its meaning. Without --from some questions are asked. There
    are three presets: careful has few false alarms and mild measures, and people decide about groups; balanced is the
    defaults; strict finds more, earlier, with more false alarms. An existing file is not replaced.

    \b
    Examples:
      kithward policy new my-policy.yaml
      kithward policy new my-policy.yaml --from careful
      kithward policy new - --from strict --name strict-2026
    """
    if file != _STANDARD_OUTPUT and file.exists():
        raise BadInput(file, "exists already; name another file")
    asked, chosen, document = ask_for_policy() if preset is None else (preset.value, preset, preset.document)
    name = asked if version is None else version
    try:
        text = write_draft(name, f"Policy {name}, from the preset {chosen}. {chosen.meaning}", document)
    except InvalidPolicy as invalid:
        fault = replace(invalid.faults[0], line=None)  # that of a text which is not written
        raise BadInput("policy new", str(fault)) from invalid
    if file == _STANDARD_OUTPUT:
        echo(text.removesuffix("\n"))
        return
    with file.open("x", encoding="utf-8") as opened:
        opened.write(text)
    echo(f"{file} is written; check it with: kithward policy check {file}", err=True)


def diff(old: Old, new: New = None, as_json: Json = False, allow_outside: AllowOutside = False) -> None:  # noqa: FBT002
    """Say in words what a policy changes.

    Each key with another value is a line, with what it means below. Compared is what is in force: a key that a file
    leaves out has its default. With one file that is compared with the defaults.

    \b
    Examples:
      kithward policy diff live.yaml new.yaml
      kithward policy diff my-policy.yaml
      kithward policy diff live.yaml new.yaml --json
    """
    files = [check_policy(path, outside=allow_outside) for path in (old, new) if path is not None]
    before, after = files if new is not None else (default_policy(), *files)
    found = changes(before, after)
    if as_json:
        echo(json_text([_to_object(change) for change in found]))
    else:
        for change in found:
            echo(printable(str(change)))
            echo(printable(f"    {change.about}"))
        names = f"{before.policy.version} and {after.policy.version}"
        echo(printable(f"{names}: {len(found):,} differences" if len(found) != 1 else f"{names}: 1 difference"))
    if found:
        raise typer.Exit(_DIFFERENT)


def _to_object(change: Change) -> dict[str, str]:
    return {"key": change.key, "before": change.before, "after": change.after, "meaning": change.about}
