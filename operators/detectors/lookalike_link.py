"""Detector of links whose domain imitates that of a known site (FA-75)."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.hosts import SPELT_ENDINGS, encoded, is_ending, public_suffixes, runs_of_names
from operators.detectors.known_sites import Site, known_sites, link_words, look_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from operators.detectors.hosts import Name
    from operators.text.views import Views

_LONGEST_HOST: Final = 253  # characters, in DNS
_MOST_LABELS: Final = 10
_SHORTEST_SPELT: Final = 6  # letters of a name that is compared by its distance
_SHORTEST_JOINED: Final = 5  # letters of a name that is found without hyphens around it
_LONG_NAME: Final = 10
_PLAIN_ENDINGS: Final = frozenset(("com", "net", "org", "biz", "xyz", "icu", "cc", "cn", "ru", "uk", "vip", "online"))
"""What makes a host of two words joined by a dot, without a scheme or a path. *sent by telegram.so happy* is none."""


def _find(views: Views) -> Iterator[Hit]:
    for readings in runs_of_names(views):
        found = ([hit for name in names for hit in _hits(views.compatible.text, name)] for names in readings)
        for start, end, site in next(filter(None, found), ()):
            yield Hit(*views.compatible.origin(start, end), site)


def _hits(text: str, name: Name) -> Iterator[Hit]:
    if "." not in name.host or len(name.host) > _LONGEST_HOST or text[name.start - 1 : name.start] == "@":
        return
    linked = name.host.startswith("www.") or text.startswith("/", name.end) or text.endswith("://", 0, name.start)
    site = _imitated(name.host, linked=linked)
    if site is not None:
        yield Hit(name.start, name.end, site.domain)


@lru_cache(4096)
def _imitated(host: str, *, linked: bool) -> Site | None:
    """Return the site that a host imitates; `linked`: there is no doubt that it is a link."""
    labels = host.split(".")
    if not is_ending(labels[-1]):
        return None
    domain = public_suffixes().privatesuffix(".".join(map(encoded, labels)))
    if domain is None or len(labels) > _MOST_LABELS:
        return None
    above = len(labels) - domain.count(".") - 1
    if known_sites().is_own(labels, above):
        return None
    label = labels[above]
    certain = linked or labels[-1] in _PLAIN_ENDINGS
    return (
        _same_look(label, certain=certain)
        or _beside_words(label)
        or _below(labels, above)
        or (_misspelt(label) if certain else None)
    )


def _same_look(label: str, *, certain: bool) -> Site | None:
    """Return the site of a name in other letters, or under an ending that is not the site's."""
    site = known_sites().by_look.get(look_of(label))
    if site is None or (label == site.name and (site.everyday or not certain)):
        return None
    return site


def _beside_words(label: str) -> Site | None:
    """Return the site the name of which is a part of the label, beside words of links."""
    parts, words = label.split("-"), link_words()
    for place, part in enumerate(parts if len(parts) > 1 else ()):
        site = known_sites().by_look.get(look_of(part))
        outside = place in {0, len(parts) - 1}
        if site and (not site.everyday or (outside and not words.isdisjoint(parts))):
            return site
    joined = label.replace("-", "")
    for at in range(1, len(joined)):
        for name, word in ((joined[:at], joined[at:]), (joined[at:], joined[:at])):
            site = known_sites().by_look.get(look_of(name)) if word in words and len(name) >= _SHORTEST_JOINED else None
            if site:
                return site
    return None


def _below(labels: Sequence[str], above: int) -> Site | None:
    """Return the site whose name or whole domain stands before somebody else's domain."""
    beside = not link_words().isdisjoint(labels[above].split("-"))
    for label in labels[:above]:
        site = known_sites().by_look.get(look_of(label))
        if site and (beside or not site.everyday):
            return site
    for start, end in combinations(range(above + 1), 2):
        domain = ".".join(labels[start:end])
        if domain in known_sites().domains:
            return Site(labels[start], domain, everyday=True)
    return None


@cache
def _spelt_by_first_letter() -> Mapping[str, Sequence[Site]]:
    spelt = [site for site in known_sites().by_look.values() if _is_spelt(site)]
    return {site.name[0]: [other for other in spelt if other.name[0] == site.name[0]] for site in spelt}


def _is_spelt(site: Site) -> bool:
    return not site.everyday and len(site.name) >= _SHORTEST_SPELT


def _misspelt(label: str) -> Site | None:
    """Return the site from whose name a letter differs, or two in a long name."""
    for site in _spelt_by_first_letter().get(label[:1], ()):
        most = 2 if len(site.name) >= _LONG_NAME else 1
        if OSA.distance(label, site.name, score_cutoff=most) <= most:
            return site
    return None


def _phrases(endings: Iterable[str]) -> frozenset[str]:
    return frozenset(f"dot{ending}" for ending in endings)


LOOKALIKE_LINK: Final = Detector("lookalike_link", _find, Look(phrases=_phrases(SPELT_ENDINGS), link=True))
