"""`kithward policy diff`: what one policy changes of another, in words."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import AllowOutside, check_policy
from jobs.cli.output.terminal import echo
from jobs.policy.authoring.difference import Change, changes
from jobs.policy.file import default_policy
from jobs.printable import json_text, printable

_DIFFERENT = 1

Old = Annotated[Path, typer.Argument(metavar="OLD", help="The policy that is changed; alone: what it changes.")]
New = Annotated[Path | None, typer.Argument(metavar="NEW", help="The policy that changes it.")]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON array.")]


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
