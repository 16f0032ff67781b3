"""Detector of links to shops (FA-10): configured hosts, and all below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.hosts import normalise_host, runs_of_names, spellings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.text.views import Views


def shopping_link(hosts: Sequence[str]) -> Detector:
    """Return the detector of some hosts. Raise `UnusableRule` for what is no host."""
    names = tuple(map(normalise_host, hosts))
    dotted = all("." in name for name in names)
    exact, below = frozenset(names), tuple(f".{name}" for name in names)

    def find(views: Views) -> Iterator[Hit]:
        for readings in runs_of_names(views, dotted=dotted):
            found = ([name for name in names if name.host in exact or name.host.endswith(below)] for names in readings)
            for name in next(filter(None, found), ()):
                yield Hit(*views.compatible.origin(name.start, name.end))

    phrases = frozenset(phrase for name in names for phrase in spellings(name))
    return Detector("shopping_link", find, Look(phrases=phrases))
