"""Layout of the report: on a telephone and a desktop, in light and dark, without relying on colour, by touch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.scenario.files import EVENTS, POLICY
from tests.report.report_body import CASE
from tests.report.report_story import STEPS, write_the_run
from tests.support.given import NOON, kithward, written
from tests.tools.browser.looking import HEIGHT, HERE, SCHEMES, Look, Sight, seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.records import Decision

pytestmark = pytest.mark.jvm

WIDTHS = (360, 1100)
REPORTS = ("story", "sections", "extremes")
LOOKS = [Look(page, scheme, width) for page in REPORTS for scheme in SCHEMES for width in WIDTHS]
BROKEN = Look("broken", "light", 360)
LONG = "x" * 256
"""The longest id, without a place to break it."""


def story(out: Path) -> None:
    policy = out.with_name("patient.yaml")
    text = POLICY.read_text("utf-8").replace("version: demo", "version: patient")
    policy.write_text(text.replace("friendship_age:", "friendship_age:\n  t1_ms: 14d"), "utf-8")
    kithward("replay", "--events", *EVENTS, "--policy", POLICY, "--shadow", policy, "--out", out)


def extremes(out: Path) -> None:
    """Outputs at their extremes: longest names, a deep and a broad case, an incident with hundreds of steps."""
    chain = [f"{LONG}{number}" for number in range(12)]
    members = [
        {"account_id": name, "distance": depth, "path": [*chain[depth::-1], "cleo"], "actions": [LONG]}
        for depth, name in enumerate(chain)
    ]
    case = replace(CASE, group_id=LONG, evidence=json.dumps({"associated": members, "preview": {LONG: LONG}}))
    spans = [{"detector": "keyword", "keyword": f"{LONG}{n}", "start": 0, "end": 1} for n in range(3)]
    named: list[Decision] = [
        replace(CASE, decision_id=f"n{n}", rule="friendship-age", subject_id=LONG, other_id=LONG, at_ms=NOON + n,
                reasons=(LONG,), policy_version=LONG, evidence=json.dumps({"spans": spans, LONG: LONG}))
        for n in range(3)
    ]  # fmt: skip
    steps = [
        replace(STEPS[0], decision_id=f"i{n}", incident_id=LONG, at_ms=NOON + n, outcome="MEMBER_ADDED", other_id=LONG)
        for n in range(200)
    ]
    written(out / "decisions.jsonl", [case, *named, *steps])


@pytest.fixture(scope="module")
def sights(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Look, Sight]:
    """Render everything at once: starting the browser takes longer than rendering."""
    pages = {BROKEN.page: (HERE / "broken.html").read_text("utf-8")}
    for name, run in zip(REPORTS, (story, write_the_run, extremes), strict=True):
        out = tmp_path_factory.mktemp(name)
        run(out)
        result = kithward("report", "--from", out, "--out", out / "report.html", "--limit", 20)
        assert result.exit_code == 0, result.output
        pages[name] = (out / "report.html").read_text("utf-8")
    return seen([*LOOKS, BROKEN], pages, tmp_path_factory.mktemp("looks"))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.page}-{look.scheme}-{look.width}")
def test_nothing_is_cut_off_covered_misaligned_too_small_or_too_faint(look: Look, sights: Mapping[Look, Sight]) -> None:
    sight = sights[look]
    assert sight.measured["width"] == look.width
    assert not sight.measured["scrolls"]
    assert sight.faults == {}


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.page}-{look.scheme}-{look.width}")
def test_the_screenshot_has_the_colours_of_its_scheme_and_every_bar(look: Look, sights: Mapping[Look, Sight]) -> None:
    sight = sights[look]
    paper = sight.picture.getpixel((2, 2))
    assert list(paper) == sight.measured["paper"]
    assert (sum(paper) > 3 * 128) is (look.scheme == "light")
    bars = [(x, y) for x, y in sight.measured["bars"] if y < HEIGHT]
    assert len(bars) > 3
    assert {sight.picture.getpixel(bar) for bar in bars} == {tuple(sight.measured["mark"])}


def test_every_promise_is_measured_and_a_page_that_breaks_it_is_detected(sights: Mapping[Look, Sight]) -> None:
    sight = sights[BROKEN]
    assert sight.measured["scrolls"]
    assert {promise: [what.split()[0] for what in found] for promise, found in sight.faults.items()} == {
        "wider than the page": ["div"],
        "cut off": ["p"],
        "too small to read": ["p"],
        "too faint to read": ["p"],
        "too faint to see": ["rect"],
        "out of line": ["table"],
        "out of its picture": ["text"],
        "over another label": ["text"],
        "without a name": ["svg"],
        "without its numbers": ["svg"],
        "too small to touch": ["a"],
    }
