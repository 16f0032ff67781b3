"""Groups of verbs: without a verb they print their help, and a misspelt verb is answered with the nearest one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from typer.core import TyperGroup

from jobs.cli.output.terminal import echo


def exit_codes(finding: str = "") -> str:
    """Return the end of a verb's help: its exit codes. `finding` says what a 1 means, if the verb has one."""
    found = f"\n  1  {finding}" if finding else ""
    return f"\b\nExit codes:\n  0  done{found}\n  2  wrong use or bad input, named on standard error"


class VerbGroup(TyperGroup):
    """The verbs of the command line, or the verbs below one of them, such as those of `kithward policy`."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**attributes)
        self.subcommand_metavar = "VERB ..."

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer does not publish the type
        """Print the help, on standard output and with exit code 0, where no verb is given."""
        if not args and not ctx.resilient_parsing:
            echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """Return the verb's command; fail with the nearest verb, or with all of them if none is near."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            ctx.fail(self._unknown(ctx, args[0]))
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: Any, name: str) -> str:  # noqa: ANN401 - as above
        _, _, group = ctx.command_path.partition(" ")
        verbs = self.list_commands(ctx)
        near = get_close_matches(name, verbs, n=1)
        paths = [f"{group} {verb}".lstrip() for verb in (name, *(near or verbs))]
        hint = f": did you mean {paths[1]}?" if near else f"; the verbs are {', '.join(paths[1:])}"
        return f"no such verb {paths[0]!r}{hint}"
