"""How does an option take several values? `--events A B` is read as `--events A --events B`. Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable


class MultiValueCommand(TyperCommand):
    """A command without arguments, so that whatever follows an option's value is one more value of it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer does not publish the type
        """Parse the arguments, with every further value of a repeatable option under the option's name."""
        repeatable = {name for param in self.params if getattr(param, "multiple", False) for name in param.opts}
        return super().parse_args(ctx, list(_repeat_names(args, repeatable)))


def _repeat_names(args: list[str], repeatable: set[str]) -> list[str]:
    spread: list[str] = []
    option, has_value = "", False
    for arg in args:
        if arg.startswith("-") and arg != "-":
            option, given, _ = arg.partition("=")
            has_value = bool(given)
        elif option in repeatable and has_value:
            spread.append(option)
        else:
            has_value = True
        spread.append(arg)
    return spread


def parse_settings(pairs: Iterable[str]) -> dict[str, str]:
    """Return the settings that `KEY=VALUE` texts name. Raise BadInput for one of another form."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise BadInput(f"--set {pair}", "must have the form KEY=VALUE")
        settings[key] = value
    return settings
