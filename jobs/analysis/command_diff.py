"""Difference between the commands of two runs, by command type, recipient and subject."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from schemas.records import ManageMember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.records import Record

_ADDRESSEE: Final = ("account_id", "subject_id")
_ABOUT: Final = ("blocked_id", "other_id", "about_id", "requester_id", "lookalike_id", "group_id", "incident_id")
_HOW: Final = ("action", "channel")

CommandKey = tuple[str, ...]


class CommandDiff:
    """Commands that only one of two sides emits: a multiset difference, so equal commands of both sides cancel."""

    def __init__(self) -> None:
        self._balance: Counter[CommandKey] = Counter()

    def add(self, command: Record, step: int) -> None:
        """Count a command: step 1 for the new side, -1 for the old side."""
        key = _key(command)
        self._balance[key] += step
        if not self._balance[key]:
            del self._balance[key]

    def by_type(self) -> Iterator[tuple[str, int, int]]:
        """Yield each command type with the number of commands that only the new side, and only the old side, emits."""
        more, fewer = Counter[str](), Counter[str]()
        for (kind, *_), balance in self._balance.items():
            more[kind] += max(balance, 0)
            fewer[kind] += max(-balance, 0)
        yield from ((kind, more[kind], fewer[kind]) for kind in sorted({*more, *fewer}))

    @property
    def accounts(self) -> set[str]:
        """Accounts that a command of only one side is for or about."""
        return {account_id for _, account_id, *_ in self._balance if account_id}

    @property
    def members(self) -> int:
        """The number of memberships (an account in a group) that only one side manages."""
        without_action = (key[: -len(_HOW)] for key in self._balance if key[0] == ManageMember.__name__)
        return len(set(without_action))


def _key(command: Record) -> CommandKey:
    values = (_first_value(command, _ADDRESSEE), *(_first_value(command, (name,)) for name in (*_ABOUT, *_HOW)))
    return (type(command).__name__, *values)


def _first_value(command: Record, names: tuple[str, ...]) -> str:
    found = (getattr(command, name, None) for name in names)
    return next((str(value) for value in found if value is not None), "")
