"""Layout of the report: on a telephone and a desktop, in light and dark, without relying on colour, by touch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.report.page import LATEST
from jobs.report.summary import LISTED_AT_MOST
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

WIDTHS = (360, 800, 1400)
REPORTS = ("story", "sections", "extremes")
LOOKS = [Look(page, scheme, width) for page in REPORTS for scheme in SCHEMES for width in WIDTHS]
WHOLE = "whole"
MANY, WIDE_RUN = "many", 100_000
FIRST_DAY = ("2025-03-03T00:00:00", "2025-03-04T00:00:00")
SEARCHES = {
    name: Look(WHOLE, "light", 1100, address)
    for name, address in {
        "everything": "",
        "an outcome": "find=%22friendship-age%3A%20FIRST_OPERATION%22",
        "words": "find=rosa%20KIM",
        "nothing": "find=nobody-is-called-this",
        "a day": f"from={FIRST_DAY[0]}&to={FIRST_DAY[1]}",
        "a section": "section-2",
    }.items()
}
ORDERS = Look("orders", "light", 1100, "orders")
EMPTY = Look("empty", "light", 360)
LARGE = {
    name: Look(MANY, "light", 1100, address)
    for name, address in {
        "an account": "find=%22account-77%2C%22%20strangers",
        "the latest": f"decision-{WIDE_RUN - 1:032x}",
        "a line": f"decision-{WIDE_RUN - 9_000:032x}",
        "one that is left out": f"decision-{1:032x}",
    }.items()
}
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


def orders(out: Path) -> None:
    """Write decisions at times with and without milliseconds, of outcomes in another order."""
    times = {"a": NOON + 5, "b": NOON, "c": NOON + 7}
    written(out / "decisions.jsonl", [replace(CASE, decision_id=n, outcome=n, at_ms=at) for n, at in times.items()])


def many(out: Path) -> None:
    """Write a run of many decisions about accounts that each come back."""
    made = (
        replace(CASE, decision_id=f"{n:032x}", at_ms=NOON + n * 1000, rule="strangers", outcome="STRANGER",
                subject_id=f"account-{n % 7919}", other_id=f"friend-{n}", group_id=None)
        for n in range(WIDE_RUN)
    )  # fmt: skip
    written(out / "decisions.jsonl", made)


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
        if name == REPORTS[0]:
            kithward("report", "--from", out, "--out", out / "report.html")
            pages[WHOLE] = (out / "report.html").read_text("utf-8")
    nothing = tmp_path_factory.mktemp("empty")
    written(nothing / "decisions.jsonl", [])
    kithward("report", "--from", nothing, "--out", nothing / "report.html")
    pages[EMPTY.page] = (nothing / "report.html").read_text("utf-8")
    sortable = tmp_path_factory.mktemp(ORDERS.page)
    orders(sortable)
    kithward("report", "--from", sortable, "--out", sortable / "report.html")
    pages[ORDERS.page] = (sortable / "report.html").read_text("utf-8")
    large = tmp_path_factory.mktemp("large")
    many(large)
    kithward("report", "--from", large, "--out", large / "report.html")
    pages[MANY] = (large / "report.html").read_text("utf-8")
    followed = Look(WHOLE, "light", 1100, address_of_the_last(pages[WHOLE]))
    return seen(
        [*LOOKS, *SEARCHES.values(), followed, *LARGE.values(), ORDERS, EMPTY, BROKEN],
        pages,
        tmp_path_factory.mktemp("looks"),
    )


def address_of_the_last(page: str) -> str:
    """Return the address of the decision that stands last on a page."""
    return re.findall(r'id="(decision-\w+)"', page)[-1]


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


def test_a_search_shows_the_decisions_that_have_its_words_and_says_how_many(sights: Mapping[Look, Sight]) -> None:
    found = {name: sights[look].measured["search"] for name, look in SEARCHES.items()}
    in_all = len(found["everything"]["shown"])
    assert {name: len(search["shown"]) for name, search in found.items()} | {"words": 0, "a day": 0} == {
        "everything": in_all,
        "an outcome": 7,
        "words": 0,
        "nothing": 0,
        "a day": 0,
        "a section": in_all,
    }
    assert 0 < len(found["words"]["shown"]) < in_all
    assert 0 < len(found["a day"]["shown"]) < in_all
    assert all(search["said"] == f"{len(search['shown'])} of {in_all} on this page" for search in found.values())
    assert found["an outcome"]["words"][0] == '"friendship-age: FIRST_OPERATION"'
    assert all(search["open"] == [] for search in found.values())


def test_the_address_of_a_decision_opens_it(sights: Mapping[Look, Sight]) -> None:
    (look,) = (look for look in sights if look.page == WHOLE and look.address.startswith("decision-"))
    search = sights[look].measured["search"]
    assert search["open"] == [look.address]
    assert look.address in search["shown"]


def test_decisions_are_sorted_by_outcome_and_again_by_time_when_an_address_shows_all(
    sights: Mapping[Look, Sight],
) -> None:
    measured = sights[ORDERS].measured["orders"]
    assert measured["byOutcome"] == ["decision-a", "decision-b", "decision-c"]
    assert (measured["order"], measured["followed"]) == ("newest", ["decision-c", "decision-a", "decision-b"])


def test_an_empty_run_has_a_page_without_faults_and_without_a_search(sights: Mapping[Look, Sight]) -> None:
    measured = sights[EMPTY].measured
    assert (measured["faults"], measured["search"]["said"]) == ({}, "")


def test_a_run_of_100_000_decisions_is_a_page_in_which_one_finds_and_follows(sights: Mapping[Look, Sight]) -> None:
    found = {name: sights[look].measured["search"] for name, look in LARGE.items()}
    listed = LATEST + LISTED_AT_MOST
    assert found["an account"]["said"] == f"{len(found['an account']['shown'])} of {listed:,} on this page"
    assert len(found["an account"]["shown"]) in {1, 2}  # one in 7,919 decisions
    assert found["the latest"]["open"] == [LARGE["the latest"].address]
    assert LARGE["a line"].address in found["a line"]["shown"]
    assert LARGE["one that is left out"].address not in found["one that is left out"]["shown"]
    assert len(found["one that is left out"]["shown"]) == listed
    assert sights[LARGE["a line"]].faults == {}


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
