"""Summary of the outputs of a run: counts over all records, and the latest decisions in full."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from jobs.analysis.quality import Quality
from jobs.analysis.shadow_comparison import ShadowDiff, shadow_diffs
from jobs.errors import BadInput, bad_path
from jobs.replay.output_files import SHADOW_DECISIONS_FILE, decisions_of, records_if_any
from jobs.replay.publication import settle_unlocked
from operators.enforcement.amendment import OVER_LIMIT
from operators.enforcement.enforced_operator import LOG_ONLY
from operators.friendship_age.bands import band_in_evidence
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from operators.policy.durations import DAY, HOUR, MINUTE, SECOND
from operators.policy.event_group import IDENTIFICATION
from operators.policy.friendship_age import FRIEND_GATE
from operators.policy.invite_forest import INVITE_FOREST
from operators.policy.model import rule_of
from operators.policy.section import Judged
from schemas.records import CreateEventGroup, Decision, Record, RiskWindow

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.analysis.recorded_reviews import RecordedReviews

BINS: Final = 60
TIME_STEPS: Final = (
    *(SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28, 91, 365)),
)
"""Lengths of time as people divide it, for bins and for the ticks of an axis."""
DRAWN_AT_MOST: Final = 20
"""Most cases, incidents and comparisons that are drawn, of each. More are counted."""

LIKENESS: Final = frozenset({AVATAR_IMPERSONATION, FRIEND_GATE, IDENTIFICATION})

_LIMITED: Final = "commands_"
"""Prefix of the name of a condition that compares an action's commands with its limit; the action follows."""

_HELD_BACK: Final = (OVER_LIMIT, LOG_ONLY)
LISTED_AT_MOST: Final = 10_000
"""Most decisions that are listed with a line each, besides those that are shown in full."""

_STEPS_AT_MOST: Final = 200
"""Most steps of one incident. An incident can have thousands of members."""


@dataclass(slots=True)
class Incident:
    """The decisions about an incident, in order, and its place, if a group was created."""

    steps: list[Decision] = field(default_factory=list)
    more: int = 0
    group: CreateEventGroup | None = None


@dataclass(slots=True)
class Quota:
    """Use of the limit of an action: the highest count in a window, and the decisions within and beyond the limit."""

    at_most: int = 0
    highest: int = 0
    within: int = 0
    beyond: int = 0

    def add(self, actual: int, at_most: int, *, fits: bool) -> None:
        """Count a decision that was checked against the limit."""
        self.at_most, self.highest = at_most, max(self.highest, actual)
        self.within += fits
        self.beyond += not fits


@dataclass(slots=True)
class Summary:
    """The data of a report."""

    first_ms: int = 0
    last_ms: int = 0
    by: Counter[tuple[str, str]] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    over_time: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """By rule and outcome: the number in each of BINS equal time bins."""
    detectors: Counter[str] = field(default_factory=Counter)
    keywords: Counter[str] = field(default_factory=Counter)
    quotas: dict[str, Quota] = field(default_factory=dict)
    held_back: Counter[tuple[str, str]] = field(default_factory=Counter)
    bands: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    windows: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    shadow: int = 0
    latest: deque[Decision] = field(default_factory=deque)
    listed: deque[Decision] = field(default_factory=lambda: deque(maxlen=LISTED_AT_MOST))
    """Those before the latest, without their evidence: it may be long, and they are many."""
    shown_commands: dict[str, list[Record]] = field(default_factory=dict)
    cases: list[Decision] = field(default_factory=list)
    cases_in_all: int = 0
    likenesses: list[Decision] = field(default_factory=list)
    likenesses_in_all: int = 0
    incidents: dict[str, Incident] = field(default_factory=dict)
    incidents_more: set[str] = field(default_factory=set)
    shadow_diffs: dict[str, ShadowDiff] = field(default_factory=dict)
    quality: Quality | None = None
    """What people said of the decisions; None if their answers are not given."""

    @property
    def count(self) -> int:
        """The number of decisions."""
        return self.by.total()

    @property
    def shown(self) -> list[Decision]:
        """The decisions that are shown in full, the newest first: the latest, and those with a drawing."""
        chosen = dict.fromkeys((*reversed(self.latest), *self.cases, *self.likenesses))
        return sorted(chosen, key=lambda decision: -decision.at_ms)

    @property
    def lines(self) -> list[Decision]:
        """The decisions that are listed, without those that are shown in full, the newest first."""
        shown = {decision.decision_id for decision in self.shown}
        lines = [decision for decision in reversed(self.listed) if decision.decision_id not in shown]
        return sorted(lines, key=lambda decision: -decision.at_ms)

    @property
    def bin_ms(self) -> int:
        """Length of a time bin: as people divide time, so that not more than BINS are needed."""
        lengths = (step for step in TIME_STEPS if self.last_ms // step - self.first_ms // step < BINS)
        return next(lengths, (self.last_ms - self.first_ms) // (BINS - 1) + 1)

    @property
    def bins(self) -> int:
        """The number of time bins."""
        return self.last_ms // self.bin_ms - self.first_ms // self.bin_ms + 1

    @property
    def bins_from_ms(self) -> int:
        """The time at which the first bin begins."""
        return self.first_ms // self.bin_ms * self.bin_ms


def summarise(directory: Path, latest: int, reviews: RecordedReviews | None = None) -> Summary:
    """Return the summary of an outputs directory, with the `latest` decisions in full, and what `reviews` say of them.

    Raises `BadInput`, with the place, without a file of decisions, or for a file with other content.
    """
    summary = Summary(latest=deque(maxlen=latest), quality=None if reviews is None else Quality(reviews))
    settle_unlocked(directory)
    file = directory / "decisions.jsonl"
    if not file.exists():
        raise BadInput(directory, "holds no decisions.jsonl, as replay and demo write it")
    _read_times(summary, file)
    for decision in decisions_of(file):
        _count_decision(summary, decision)
    _count_commands(summary, directory / "commands.jsonl")
    for record in records_if_any(directory / "risk-windows.jsonl"):
        summary.windows[record.outcome if isinstance(record, RiskWindow) else "?"] += 1
    summary.shadow = sum(1 for _ in records_if_any(directory / SHADOW_DECISIONS_FILE))
    summary.shadow_diffs = shadow_diffs(directory)
    summary.dead_letters = _reasons(directory / "dead-letters.jsonl")
    return summary


def evidence_of(decision: Decision) -> dict[str, object]:
    """Return the evidence of a decision; empty where it is not a JSON object."""
    try:
        found = json.loads(decision.evidence)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read_times(summary: Summary, file: Path) -> None:
    times = [decision.at_ms for decision in decisions_of(file)]
    summary.first_ms, summary.last_ms = min(times, default=0), max(times, default=0)


def _count_decision(summary: Summary, decision: Decision) -> None:
    summary.by[decision.rule, decision.outcome] += 1
    summary.versions[decision.policy_version] += 1
    bins = summary.over_time.setdefault(decision.rule, {}).setdefault(decision.outcome, [0] * BINS)
    bins[(decision.at_ms - summary.bins_from_ms) // summary.bin_ms] += 1
    summary.reasons.update(decision.reasons)
    summary.held_back.update((reason, decision.rule) for reason in _HELD_BACK if reason in decision.reasons)
    _count_evidence(summary, decision)
    if summary.quality is not None:
        summary.quality.add(decision)
    band = band_in_evidence(decision)
    if band is not None:
        summary.bands[band, decision.outcome] += 1
    _append_latest(summary, decision)
    if decision.rule == INVITE_FOREST:
        summary.cases_in_all += 1
        _append_bounded(summary.cases, decision)
    elif decision.rule in LIKENESS:
        summary.likenesses_in_all += 1
        _append_bounded(summary.likenesses, decision)
    if decision.incident_id is not None:
        _count_step(summary, decision.incident_id, decision)


def _count_evidence(summary: Summary, decision: Decision) -> None:
    evidence = evidence_of(decision)
    # What follows from a message's decision later has the same spans once more.
    if rule_of(decision.rule).judged is Judged.MESSAGE:
        for span in _objects(evidence.get("spans")):
            summary.detectors[str(span.get("detector"))] += 1
            if isinstance(span.get("keyword"), str):
                summary.keywords[span["keyword"]] += 1
    for condition in _objects(evidence.get("conditions")):
        name, actual, at_most = (condition.get(key) for key in ("name", "actual", "expected"))
        if isinstance(name, str) and name.startswith(_LIMITED) and type(actual) is type(at_most) is int:
            quota = summary.quotas.setdefault(name.removeprefix(_LIMITED), Quota())
            quota.add(actual, at_most, fits=condition.get("result") is True)


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _append_bounded(kept: list[Decision], decision: Decision) -> None:
    if len(kept) < DRAWN_AT_MOST:
        kept.append(decision)


def _append_latest(summary: Summary, decision: Decision) -> None:
    if len(summary.latest) == summary.latest.maxlen:
        summary.listed.append(replace(summary.latest[0], evidence="{}"))
    summary.latest.append(decision)


def _count_step(summary: Summary, incident_id: str, decision: Decision) -> None:
    if incident_id not in summary.incidents and len(summary.incidents) >= DRAWN_AT_MOST:
        summary.incidents_more.add(incident_id)
        return
    incident = summary.incidents.setdefault(incident_id, Incident())
    if len(incident.steps) < _STEPS_AT_MOST:
        incident.steps.append(decision)
    else:
        incident.more += 1


def _count_commands(summary: Summary, file: Path) -> None:
    shown = {decision.decision_id for decision in summary.shown}
    for command in records_if_any(file):
        summary.commands[type(command).__name__] += 1
        decision_id = getattr(command, "decision_id", "")
        if decision_id in shown:
            summary.shown_commands.setdefault(decision_id, []).append(command)
        if isinstance(command, CreateEventGroup) and command.incident_id in summary.incidents:
            summary.incidents[command.incident_id].group = command


def _reasons(file: Path) -> Counter[str]:
    """Return the number of dead letters by reason. Their original bytes are never read."""
    reasons: Counter[str] = Counter()
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            for number, line in enumerate(lines, start=1):
                reasons[_reason(line, f"{file}:{number}")] += 1
    except FileNotFoundError:
        return reasons
    except OSError as fault:
        raise bad_path(file, fault) from fault
    return reasons


def _reason(line: str, place: str) -> str:
    try:
        return str(json.loads(line)["reason"])
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise BadInput(place, "is not a dead letter") from fault
