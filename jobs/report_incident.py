"""How did an incident go? Its steps on a line of time, and its place. Key: the incident."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from jobs.output_summary import evidence_of
from jobs.page import el, figure, picture, table
from jobs.plain_words import duration_of, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from jobs.output_summary import Incident
    from schemas.records import CreateEventGroup, Decision

_WIDTH: Final = 800
_MARGIN: Final = 20
_LANES: Final = 4
"""Labels are put on several heights in turn, so that steps close together can be read."""

_MAP: Final = 240
_RADIUS_M: Final = 2_000
_TICK: Final = 5


def incident_pictured(incident: Incident) -> Iterator[Element]:
    """Yield an incident's line of time, its steps as a table, and a map where it is known where it was."""
    yield figure(_timeline(incident.steps), _caption(incident))
    if incident.group is not None:
        yield figure(_map(incident.group, _radius_m(incident.steps)), "The middle is the place of the incident.")
    rows = [
        (time_of(step.at_ms), step.rule, step.outcome, step.other_id or "", ", ".join(step.reasons))
        for step in incident.steps
    ]
    yield table(("when", "rule", "outcome", "whom it concerns", "why"), rows, "Every step")


def _timeline(steps: Sequence[Decision]) -> Element:
    first_ms, length_ms = steps[0].at_ms, max(steps[-1].at_ms - steps[0].at_ms, 1)
    base = 24 + _LANES * 18
    shapes = [el("path", d=f"M {_MARGIN} {base} H {_WIDTH - _MARGIN}", class_="line")]
    for number, step in enumerate(steps):
        x = _MARGIN + (step.at_ms - first_ms) * (_WIDTH - 2 * _MARGIN) // length_ms
        y = base - 18 * (number % _LANES) - 14
        anchor = "end" if x > _WIDTH // 2 else "start"
        shapes += [
            el("path", d=f"M {x} {base - _TICK} V {base + _TICK}", class_="line"),
            el("text", f"{number + 1} {step.outcome}", x=x, y=y, text_anchor=anchor),
        ]
    return picture(_WIDTH, base + _MARGIN, "Line of time", *shapes)


def _caption(incident: Incident) -> str:
    first, last = incident.steps[0].at_ms, incident.steps[-1].at_ms
    more = f" {incident.more:,} later steps are not shown." if incident.more else ""
    return f"From {time_of(first)}, for {duration_of(last - first)}.{more}"


def _radius_m(steps: Sequence[Decision]) -> int:
    found = (evidence_of(step).get("radius_m") for step in steps)
    return next((radius for radius in found if isinstance(radius, int) and radius > 0), _RADIUS_M)


def _map(group: CreateEventGroup, radius_m: int) -> Element:
    """Return a square around the place: the circle within which people were looked for, a scale, the coordinates."""
    middle, radius = _MAP // 2, _MAP // 2 - 40
    bar = int(Fraction(radius, 2))
    return picture(
        _MAP + 160,
        _MAP,
        f"Map around the incident, {radius_m:,} metres each way",
        el("circle", cx=middle, cy=middle, r=radius, class_="ghost"),
        el(
            "path",
            d=f"M {middle - 8} {middle} H {middle + 8} M {middle} {middle - 8} V {middle + 8}",
            class_="offender",
        ),
        el("text", group.kind, x=middle + 12, y=middle - 8),
        el("text", "N", x=middle - 4, y=14),
        el("path", d=f"M {middle} 34 V 18 M {middle - 4} 24 L {middle} 18 L {middle + 4} 24", class_="line"),
        el("path", d=f"M 20 {_MAP - 12} h {bar} m 0 -4 v 8 m -{bar} 0 v -8", class_="line"),
        el("text", f"{radius_m // 2:,} m", x=bar + 26, y=_MAP - 8),
        el("text", f"latitude {group.latitude:.5f}", x=_MAP, y=40),
        el("text", f"longitude {group.longitude:.5f}", x=_MAP, y=58),
        el("text", f"circle: {radius_m:,} m", x=_MAP, y=76),
    )
