"""Durations that are far too short: numbers without a unit, which are milliseconds, where another unit was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.policy.errors import Fault, format_path
from jobs.policy.model import POLICY_FILE
from jobs.policy.validation import section_at
from operators.policy.durations import DAY, SECOND, describe_duration, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.policy.yaml_document import Node, Path

_LONG: Final = 10 * SECOND
"""Keys with shorter defaults are left alone: there milliseconds are a sensible unit."""
_SHARE: Final = 1_000
"""A number this many times smaller than the default was probably meant in seconds."""


def short_durations(root: Node) -> Iterator[Fault]:
    """Yield a warning for each key of a long duration whose number without a unit is next to nothing."""
    for path, node in root.walk():
        name = path[-1] if path else ""
        if not isinstance(name, str) or not name.endswith("_ms") or type(node.value) is not int:
            continue
        default = _default_ms(path)
        if default >= _LONG and 0 < node.value <= max(SECOND - 1, default // _SHARE):
            message = (
                f"{node.value} without a unit is {describe_duration(node.value)}: write {node.value}d if days are "
                f"meant, or {format_duration(node.value)}"
            )
            yield Fault(format_path(path), node.line, message)


def _default_ms(path: Path) -> int:
    """Return the default of a duration; one that must always be given counts as a day."""
    field = section_at(POLICY_FILE, path[:-1]).model_fields.get(str(path[-1]))
    default = None if field is None else field.default
    return default if isinstance(default, int) else DAY
