"""Options with several values: `--events A B` is parsed as `--events A --events B`; and the form `KEY=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable


class MultiValueCommand(TyperCommand):
    """A command whose repeatable options accept several values. It must have no arguments: they would be ambiguous."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer does not publish the type
        """Parse the arguments after repeating a repeatable option's name before each further value."""
        repeatable = {name for param in self.params if getattr(param, "multiple", False) for name in param.opts}
        return super().parse_args(ctx, _repeat_names(args, repeatable))


def _repeat_names(args: list[str], repeatable: set[str]) -> list[str]:
    repeated: list[str] = []
    option, has_value = "", False
    for arg in args:
        if arg.startswith("-") and arg != "-":
            option, given, _ = arg.partition("=")
            has_value = bool(given)
        elif option in repeatable and has_value:
            repeated.append(option)
        else:
            has_value = True
        repeated.append(arg)
    return repeated


def parse_settings(pairs: Iterable[str]) -> dict[str, str]:
    """Return the settings of `KEY=VALUE` texts. Raise BadInput for a text of another form."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise BadInput(f"--set {pair}", "must have the form KEY=VALUE")
        settings[key] = value
    return settings
