"""A small run that has something for every section of the report, and the page that it gives: golden but for its style.

`python -m tests.report.report_story` writes the golden page anew: look at what has changed before it is committed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from jobs.analysis.recorded_reviews import read_reviews
from jobs.report.page import write_report
from schemas.records import (
    CreateEventGroup,
    Decision,
    EventMember,
    EventRole,
    ExitSession,
    MissReported,
    Permission,
    ReviewAnswered,
    RiskWindow,
)
from tests.support.given import HOUR, NOON, written

GOLDEN = Path(__file__).with_name("report.golden.html")

FIRST = Decision(
    decision_id="d1",
    at_ms=NOON,
    rule="friendship-age",
    outcome="FIRST_OPERATION",
    subject_id="alice",
    other_id="bob",
    cause_event_id="m1",
    policy_version="v1",
    reasons=("keyword",),
    actions=("EXIT_SESSION",),
    evidence=json.dumps(
        {
            "conditions": [
                {"name": "age_ms", "operator": "<", "expected": 259_200_000, "actual": HOUR, "result": True},
                {"name": "commands_EXIT_SESSION", "operator": "<=", "expected": 1, "actual": 1, "result": True},
            ],
            "friendship": {"since_ms": NOON - HOUR, "age_ms": HOUR, "band": "[0, 3d)"},
            "spans": [{"detector": "keyword", "keyword": "gift card", "start": 2, "end": 11}],
        }
    ),
)
OVER = replace(FIRST, decision_id="d2", at_ms=NOON + HOUR, cause_event_id="m2", reasons=("OVER_LIMIT", "keyword"))
PATH = {"account_id": "dan", "distance": 2, "path": ["dan", "gone", "cleo"], "actions": ["WATCH"]}
CASE = replace(
    FIRST, decision_id="d3", at_ms=NOON + 2 * HOUR, rule="invite-forest", outcome="MANAGED", subject_id="cleo",
    other_id=None, group_id="choir", evidence=json.dumps({"associated": [PATH], "preview": {"share": "1/9"}}),
)  # fmt: skip
LIKE = replace(
    FIRST, decision_id="d4", at_ms=NOON + 3 * HOUR, rule="avatar-impersonation", outcome="RISK_USER",
    evidence=json.dumps(
        {
            "sender_avatar": {"hash": "8000000000000001"}, "lookalike_avatar": {"hash": "0000000000000000"},
            "hash": {"distance": 2, "similarity": 0.96875},
        }
    ),
)  # fmt: skip
STEPS = tuple(
    replace(
        FIRST, decision_id=f"s{number}", at_ms=NOON + 4 * HOUR + number, rule="event-group", outcome=outcome,
        subject_id="una", other_id=None, incident_id="inc", evidence="{}", reasons=(),
    )
    for number, outcome in enumerate(("REQUESTED", "APPROVED", "CREATED"))
)  # fmt: skip
DECISIONS = (FIRST, OVER, CASE, LIKE, *STEPS)
SHADOW = (replace(FIRST, decision_id="e1", policy_version="v2", outcome="MIDDLE"), replace(OVER, policy_version="v2"))
COMMANDS = (
    ExitSession(command_id="c1", decision_id="d1", at_ms=NOON, account_id="bob", other_id="alice"),
    CreateEventGroup(
        command_id="c2", decision_id="s2", at_ms=NOON + 4 * HOUR, incident_id="inc", group_id="g", latitude=31.25,
        longitude=121.5, kind="fire", description="never shown",
        members=(EventMember(account_id="una", roles=(EventRole.EVENT_USER,), permission=Permission.POST),),
    ),
)  # fmt: skip
WINDOW = RiskWindow(
    window_id="w", subject_id="alice", window_start_ms=NOON, window_end_ms=NOON + HOUR, outcome="EXIT_SESSION",
    reasons=("keyword",), decision_ids=("d1",), count=1,
)  # fmt: skip
SAID = (
    *(
        ReviewAnswered(
            event_id=f"a{number}", at_ms=NOON + 5 * HOUR, decision_id=decision.decision_id, rule=decision.rule,
            subject_id=decision.subject_id, reviewer_id="rita", upheld=decision is not OVER,
        )
        for number, decision in enumerate((FIRST, OVER, CASE))
    ),
    MissReported(
        event_id="x", at_ms=NOON + 5 * HOUR, cause_event_id="m9", rule="strangers", subject_id="una", reviewer_id="rita"
    ),
)  # fmt: skip


def write_the_run(directory: Path) -> None:
    """Write the run's outputs."""
    written(directory / "decisions.jsonl", DECISIONS)
    written(directory / "shadow-decisions.jsonl", SHADOW)
    written(directory / "commands.jsonl", COMMANDS)
    written(directory / "risk-windows.jsonl", [WINDOW])
    written(directory / "dead-letters.jsonl", ['{"reason": "UNDECODABLE"}'])


def page_of_the_run(directory: Path) -> str:
    """Return the page of the run, an element a line, without style and script, which the browser tests check."""
    write_the_run(directory)
    page = directory / "report.html"
    write_report(directory, page, 2, read_reviews(SAID))
    whole = re.sub(r"(?s)<(style|script)>.*?</\1>", r"<\1></\1>", page.read_text("utf-8"))
    whole = re.sub(r"'sha256-[^']*'", "'sha256-'", whole)
    return whole.replace("><", ">\n<")


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        GOLDEN.write_text(page_of_the_run(Path(made)), "utf-8")
