"""Links in the documents: relative ones lead to files that exist, and their anchors to headings that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
INLINE = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?)(?: +#+)?$", re.MULTILINE)
DOCUMENTS = [name for name in tracked() if name.endswith(".md")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_lead_somewhere(name: str) -> None:
    assert list(broken_links(name)) == []


def test_there_are_links_to_look_at() -> None:
    assert sum(1 for name in DOCUMENTS for _ in links((ROOT / name).read_text("utf-8"))) > 20


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Where the time goes", "where-the-time-goes"),
        ("Settings (`event_group`)", "settings-event_group"),
        ("[Rules](rules/README.md), in order", "rules-in-order"),
        ("What is C-18?", "what-is-c-18"),
    ],
)
def test_anchors_are_made_as_github_makes_them(heading: str, anchor: str) -> None:
    assert list(anchors(f"# {heading}\n")) == [anchor]


def test_a_heading_that_is_there_twice_has_two_anchors() -> None:
    assert list(anchors("# State\n## State\n```\n# no heading\n```\n")) == ["state", "state-1"]


def broken_links(name: str) -> Iterator[str]:
    """Yield the relative links of a document whose file or heading does not exist."""
    document = ROOT / name
    for link in links(document.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (document.parent / path if path else document).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            yield link
        if anchor and target.is_file() and anchor not in anchors(target.read_text("utf-8")):
            yield link


def links(text: str) -> Iterator[str]:
    """Yield the relative links of a document, outside of code."""
    prose = CODE.sub("", FENCE.sub("", text))
    for link in (*INLINE.findall(prose), *REFERENCE.findall(prose)):
        if not re.match(r"[a-z][a-z+.-]*:|//", link):
            yield link


def anchors(text: str) -> Iterator[str]:
    """Yield the anchors that GitHub gives the headings of a document."""
    times = dict[str, int]()
    for heading in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = times.get(anchor, 0)
        times[anchor] = number + 1
        yield f"{anchor}-{number}" if number else anchor
