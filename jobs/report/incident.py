"""Drawing of an incident: a timeline of its steps, and a map of its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import describe_decision, format_time
from jobs.report.decision import linked_if_shown
from jobs.report.html import breakable, details, el, figure, svg, table
from jobs.report.summary import evidence_of
from operators.policy.durations import describe_duration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from jobs.report.summary import Incident
    from schemas.records import CreateEventGroup, Decision

_WIDTH: Final = 320
_LANE: Final = 34
_MARK: Final = 5

_MAP: Final = 200
_RADIUS_M: Final = 2_000
_KM: Final = 1_000


def incident_elements(incidents: Mapping[str, Incident], shown: Collection[str]) -> Iterator[Element]:
    """Yield a `details` element for each incident; `shown` are the ids of decisions that have a place on the page."""
    for incident_id, incident in incidents.items():
        count = len(incident.steps) + incident.more
        yield details(f"{incident_id}: {count:,} steps", *_incident(incident, shown))


def _incident(incident: Incident, shown: Collection[str]) -> Iterator[Element]:
    steps = incident.steps
    rows = [
        (linked_if_shown(step, format_time(step.at_ms), shown), _in_words(step), _step_subject(step)) for step in steps
    ]
    drawn = [figure(_timeline(steps), "Timeline", _span(incident))]
    if incident.group is not None:
        radius_m = _radius_m(steps)
        named = figure(_map(radius_m), "Map", f"circle: {describe_distance(radius_m)}, the area of the search")
        drawn.append(el("div", named, _place(incident.group)))
    yield el("div", *drawn, class_="beside")
    yield table(("when", "step", "account, reasons"), rows, "Every step")


def _in_words(step: Decision) -> Element:
    return el("div", *breakable(step.outcome), el("div", describe_decision(step), class_="faint"))


def _step_subject(step: Decision) -> str:
    return " ".join([step.other_id or "", *step.reasons]).strip()


def _timeline(steps: Sequence[Decision]) -> Element:
    """Return a timeline with a lane for each kind of step, so that labels do not overlap."""
    lanes: dict[str, list[int]] = {}
    first_ms, length_ms = steps[0].at_ms, max(steps[-1].at_ms - steps[0].at_ms, 1)
    for step in steps:
        along = (step.at_ms - first_ms) * (_WIDTH - 2 * _MARK) // length_ms
        lanes.setdefault(step.outcome, []).append(_MARK + along)
    shapes = [shape for place, lane in enumerate(lanes.items()) for shape in _lane((place + 1) * _LANE, *lane)]
    return svg(_WIDTH, len(lanes) * _LANE + 12, "Timeline", *shapes)


def _lane(y: int, outcome: str, marks: Sequence[int]) -> Iterator[Element]:
    yield el("text", outcome if len(marks) == 1 else f"{outcome}: {len(marks)} times", x=0, y=y - 10)
    yield el("path", d=f"M 0 {y} H {_WIDTH}", class_="grid")
    yield from (el("path", d=f"M {x} {y - _MARK} V {y + _MARK}", class_="tick") for x in marks)


def _span(incident: Incident) -> str:
    first, last = incident.steps[0].at_ms, incident.steps[-1].at_ms
    more = f" {incident.more:,} later steps are not shown." if incident.more else ""
    return f"from {format_time(first)}, for {describe_duration(last - first)}.{more}"


def _radius_m(steps: Sequence[Decision]) -> int:
    found = (evidence_of(step).get("radius_m") for step in steps)
    return next((radius for radius in found if isinstance(radius, int) and radius > 0), _RADIUS_M)


def _place(group: CreateEventGroup) -> Element:
    rows = [("kind", group.kind), ("latitude", f"{group.latitude:.5f}"), ("longitude", f"{group.longitude:.5f}")]
    return table(("what", "value"), rows, "Place")


def _map(radius_m: int) -> Element:
    """Return the circle of the search around the place, and a scale in round numbers. There are no streets."""
    middle, radius = _MAP // 2, _MAP // 2 - 30
    cross = f"M {middle - 8} {middle} H {middle + 8} M {middle} {middle - 8} V {middle + 8}"
    north = f"M {middle} 28 V 16 M {middle - 4} 20 L {middle} 16 L {middle + 4} 20"
    scale_m = _scale_m(radius_m)
    length = radius * scale_m // radius_m
    scale = f"M 10 {_MAP - 6} h {length} m 0 -4 v 8 m -{length} 0 v -8"
    return svg(
        _MAP + 120,
        _MAP,
        f"Map around the incident, {describe_distance(radius_m)} each way",
        el("circle", cx=middle, cy=middle, r=radius, class_="ghost"),
        el("path", d=cross, class_="cross"),
        el("path", d=north, class_="line"),
        el("text", "N", x=middle - 4, y=12),
        el("path", d=scale, class_="line"),
        el("text", describe_distance(scale_m), x=length + 18, y=_MAP - 4),
    )


def _scale_m(radius_m: int) -> int:
    """Return the longest of 1, 2 and 5 metres and their tenfolds that is not longer than the radius."""
    power = int("1" + "0" * (len(str(radius_m)) - 1))
    return next(power * first for first in (5, 2, 1) if power * first <= radius_m)


def describe_distance(metres: int) -> str:
    """Return a distance in metres, or kilometres where they are whole."""
    return f"{metres // _KM:,} km" if metres >= _KM and metres % _KM == 0 else f"{metres:,} m"
