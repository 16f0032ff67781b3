"""Base of policy sections, and the rules that a section governs: names, outcomes, wording, severity.

A capability declares all of this in one place, its section. Risk windows, sampling, the report, the shadow comparison
and `kithward explain` read it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Judged(StrEnum):
    """What a rule's decisions are about."""

    MESSAGE = "MESSAGE"
    """A message, evaluated on arrival: its spans are in the evidence, and a shadow policy evaluates it, too."""

    FOLLOW_UP = "FOLLOW_UP"
    """The consequence of an earlier decision about a message: an answer, a deadline."""

    OTHER = "OTHER"
    """Any other event."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its decisions name it.

    `outcomes` has a sentence for each outcome, with `{subject}`, `{other}` and `{group}` to be filled in; `reasons` a
    phrase for each reason. `risk` are the outcomes that count in risk windows (C-6).
    """

    name: str
    outcomes: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    risk: frozenset[str] = frozenset()
    judged: Judged = Judged.OTHER
    counts_widely: bool = False
    """Whether decisions depend on messages to several recipients or groups, of which a sample has only a share."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Description of a key of the policy file: its meaning, its unit, and its range (both ends included)."""

    doc: str
    unit: str | None = None
    least: int = 0
    most: int | None = None


def setting(default: Any, doc: str, unit: str | None = None, least: int = 0, most: int | None = None) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Return a field of a section whose key in the policy file is made from it: see `jobs.policy.section_models`."""
    return field(default=default, metadata={"setting": Setting(doc, unit, least, most)})


class PolicySection:
    """The section of a capability in a policy. The first of its rules is the one that judges messages, if any does."""

    __slots__ = ()
    rules: ClassVar[tuple[Rule, ...]]
    enabled: bool

    @property
    def every_pair_message(self) -> bool:
        """Whether the first rule gets every one-to-one message, also those in which nothing was found."""
        return False

    @property
    def every_group_message(self) -> bool:
        """Whether the first rule gets every group message, also those in which nothing was found."""
        return False
