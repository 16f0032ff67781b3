"""Helpers for tests of the report: the body of the page, after the checks that hold for every page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from jobs.deploy.installation import ROOT
from schemas.records import Decision
from tests.support.given import NOON, kithward, written

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "jobs" / "report" / "report.js"
SEARCH = re.compile(r"#(find|from)=[^<>\s]*$")
CASE = Decision(
    decision_id="c1",
    at_ms=NOON,
    rule="invite-forest",
    outcome="MANAGED",
    subject_id="cleo",
    group_id="choir",
    cause_event_id="m1",
    policy_version="v1",
    reasons=("keyword",),
    evidence="{}",
)


def reported(directory: Path, *options: object) -> ET.Element:
    """Return the body of a page, after checking that it is complete and self-contained."""
    page = directory / "report.html"
    result = kithward("report", "--from", directory, "--out", page, *options)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    text = page.read_text("utf-8")
    root = ET.fromstring(text)  # noqa: S314 - our own page
    assert root.tag == "html"
    tags = {element.tag for element in root.iter()}
    assert not tags & {"img", "link", "iframe", "object", "use", "image"}
    (script,) = root.iter("script")
    assert script.text == SCRIPT.read_text("utf-8"), "no other script than ours"
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in {"src", "style"}}
    ways = {element.attrib["href"] for element in root.iter() if "href" in element.attrib}
    places = {f"#{element.get('id')}" for element in root.iter()}
    assert all(way in places or SEARCH.match(way) for way in ways), "a link leads to a place, or searches"
    assert "url(" not in text
    assert "@import" not in text
    body = root.find("body")
    assert body is not None
    return body


def of(tmp_path: Path, *decisions: Decision, commands: tuple[Any, ...] = ()) -> ET.Element:
    written(tmp_path / "decisions.jsonl", decisions)
    written(tmp_path / "commands.jsonl", commands)
    return reported(tmp_path)


def showing(evidence: object, decision: Decision = CASE) -> Decision:
    return replace(decision, evidence=json.dumps(evidence))


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def labels(body: ET.Element) -> list[str]:
    return [text_of(text) for text in body.iter("text")]


def shapes(body: ET.Element, class_: str) -> int:
    return sum(element.get("class") == class_ for element in body.iter())


def rows(body: ET.Element, caption: str) -> list[list[str]]:
    """Return the cells of the tables with this caption, without their heads."""
    found = [table for table in body.iter("table") if text_of(table[0]).startswith(caption)]
    return [[text_of(cell) for cell in row] for table in found for row in table.iterfind("tbody/tr")]


def section(body: ET.Element, title: str) -> ET.Element:
    """Return the section under this heading."""
    return next(each for each in body.iter("section") if text_of(each[0]) == title)
