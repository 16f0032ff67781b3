"""Requirements on topics: what their partitions and settings must be, and what they should be.

What breaks a requirement would stop the job, lose records or falsify what it decides. A recommendation only hurts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jobs.kafka.topic_admin import DEAD_LETTER_BYTES, FOREVER, RECORD_BYTES, SINGLE_PARTITION
from schemas.topics import DEAD_LETTERS, INPUTS, MAX_AHEAD_MS, OUTPUTS, TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas.topic_names import TopicNames

_AFTER: Final = "message.timestamp.after.max.ms"
_DAY_MS: Final = 86_400_000
_INPUT_NAMES: Final = frozenset(topic.name for topic in INPUTS)
_OUTPUT_NAMES: Final = frozenset(topic.name for topic in OUTPUTS)


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the broker describes it. Without settings: the broker did not tell them."""

    partitions: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TopicFindings:
    """A sentence for each broken requirement, and for each recommendation that is not followed."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Expected:
    setting: str
    topics: frozenset[str]
    value: str
    holds: Callable[[str], bool]


def _at_least(least: int) -> Callable[[str], bool]:
    return lambda value: int(value) >= least


def _is_long(value: str) -> bool:
    return value == "-1" or int(value) >= _DAY_MS


_REQUIRED: Final = (
    _Expected("cleanup.policy", frozenset(TOPICS), "delete", lambda value: "compact" not in value),
    _Expected("message.timestamp.type", frozenset(TOPICS), "CreateTime", lambda value: value == "CreateTime"),
    _Expected("retention.ms", SINGLE_PARTITION, "-1", lambda value: value == "-1"),
    _Expected("retention.bytes", SINGLE_PARTITION, "-1", lambda value: value == "-1"),
    _Expected("message.timestamp.before.max.ms", _OUTPUT_NAMES, str(FOREVER), _at_least(FOREVER)),
    _Expected("max.message.bytes", _OUTPUT_NAMES - {DEAD_LETTERS}, f"at least {RECORD_BYTES}", _at_least(RECORD_BYTES)),
    _Expected(
        "max.message.bytes", frozenset({DEAD_LETTERS}), f"at least {DEAD_LETTER_BYTES}", _at_least(DEAD_LETTER_BYTES)
    ),
)
_RECOMMENDED: Final = (
    _Expected(_AFTER, _INPUT_NAMES, f"at most {MAX_AHEAD_MS}", lambda value: int(value) <= MAX_AHEAD_MS),
    _Expected("message.timestamp.before.max.ms", _INPUT_NAMES, str(FOREVER), _at_least(FOREVER)),
    _Expected("retention.ms", frozenset(TOPICS) - SINGLE_PARTITION, f"-1 or at least {_DAY_MS}", _is_long),
)
SETTINGS: Final = frozenset(expected.setting for expected in (*_REQUIRED, *_RECOMMENDED))
"""The settings that are looked at."""


def examine(states: Mapping[str, TopicState | None], names: TopicNames) -> TopicFindings:
    """Return what is wrong with topics; `states` has each topic of the contract, None for one that is missing."""
    found = TopicFindings()
    present = {topic: state for topic, state in states.items() if state is not None}
    required = (*_REQUIRED, _outputs_ahead(present))
    for topic, state in states.items():
        name = names.physical(topic)
        if state is None:
            found.faults.append(f"{name}: does not exist; create it with: kithward topics create")
            continue
        if topic in SINGLE_PARTITION and state.partitions != 1:
            found.faults.append(f"{name}: has {state.partitions} partitions; must have 1")
        found.faults.extend(f"{name}: {fault}" for fault in _differences(topic, state, required, "must be"))
        found.warnings.extend(f"{name}: {fault}" for fault in _differences(topic, state, _RECOMMENDED, "should be"))
        if not state.settings:
            found.warnings.append(f"{name}: the broker does not tell its settings, so they are not checked")
    return found


def runs_ahead(settings: Mapping[str, str]) -> bool:
    """Return whether a topic takes timestamps of the future from its producers, by its settings."""
    after_ms = settings.get(_AFTER)
    is_own = settings.get("message.timestamp.type") == "CreateTime"
    return is_own and after_ms is not None and int(after_ms) > MAX_AHEAD_MS


def _differences(topic: str, state: TopicState, expectations: tuple[_Expected, ...], must: str) -> Iterator[str]:
    for expected in expectations:
        value = state.settings.get(expected.setting)
        if topic in expected.topics and value is not None and not expected.holds(value):
            yield f"{expected.setting} is {value}; {must} {expected.value}"


def _outputs_ahead(present: Mapping[str, TopicState]) -> _Expected:
    """Return how far outputs must be allowed to be ahead of the clock: they have the event time of an input."""
    inputs = [state.settings.get(_AFTER) for topic, state in present.items() if topic in _INPUT_NAMES]
    bounds = [int(value) for value in inputs if value is not None]
    least = min(max(bounds, default=MAX_AHEAD_MS) + MAX_AHEAD_MS, FOREVER)
    return _Expected(_AFTER, _OUTPUT_NAMES, f"at least {least}", _at_least(least))
