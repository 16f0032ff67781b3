"""Every query of the dashboard and the alerts matches metrics that Prometheus scrapes."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from jobs.deploy.installation import FLINK_CONF
from jobs.flink.rest_client import wait
from schemas.codec import decode
from schemas.records import (
    AnswerVia,
    Decision,
    MissReported,
    PolicyMode,
    PolicyPublished,
    ReviewAnswered,
    VerificationAnswered,
)
from tests.e2e.support.stage import WITHIN_S
from tests.support.given import HOUR, NOON, friends, message, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene

DAY = 24 * HOUR
REFUSED = 3
_OPENED = re.compile(r"Started PrometheusReporter HTTP server on port (\d+)")
_SAMPLE = re.compile(r"(\w+)\{(.*)\} (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_SELECTED = re.compile(r"(flink_\w+)(?:\{([^}]*)\})?")
_GROUPED = re.compile(r"by \(([^)]*)\)")
_SHOWN = re.compile(r"\{\{(\w+)\}\}")
_OPERATOR = "flink_taskmanager_job_task_operator_"


@dataclass(frozen=True)
class Sample:
    name: str
    labels: Mapping[str, str] = field(hash=False)
    value: float


def scraped(scene: Scene, job: Job) -> list[Sample]:
    """Return all metrics of a job, and of what it runs on, that Prometheus would scrape."""
    opened = {port for log in scene.stage.logs() for port in _OPENED.findall(log.read_text(errors="replace"))}
    pages = "\n".join(map(_page, opened)).splitlines()
    found = filter(None, map(_SAMPLE.fullmatch, pages))
    samples = [Sample(name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in map(_parts, found)]
    # The port of a killed task manager may by now be that of another cluster, with jobs of its own.
    return [each for each in samples if each.labels.get("job_id", job.id) == job.id]


def _parts(found: re.Match[str]) -> tuple[str, str, str]:
    name, labels, value = found.groups()
    return name, labels, value


def _page(port: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WITHIN_S) as response:
            return str(response.read().decode())
    except OSError:  # urllib wraps a refused connection
        return ""  # a task manager that another test has killed


def value(samples: list[Sample], name: str, **labels: str) -> float:
    """Return the sum of what has at least these labels."""
    return sum(
        each.value for each in samples if each.name == _OPERATOR + name and labels.items() <= each.labels.items()
    )


def queries() -> Iterator[tuple[str, str]]:
    """Yield every query that we ship, and what its legend shows."""
    for panel in json.loads((FLINK_CONF / "dashboard.json").read_text("utf-8"))["panels"]:
        yield from ((target["expr"], target["legendFormat"]) for target in panel.get("targets", ()))
    for rule in rules():
        yield rule["expr"], ""


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FLINK_CONF / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def matching(samples: list[Sample], name: str, selector: str) -> list[Sample]:
    wanted = dict(_LABEL.findall(selector)).items()
    return [each for each in samples if each.name == name and wanted <= each.labels.items()]


def start(scene: Scene, directory: Path) -> Job:
    """Run the job as an operator does, with a policy in the shadow that keeps new friends new for longer."""
    document = "version: patient\nfriendship_age: {t1_ms: 14d}"
    shadow = PolicyPublished(
        event_id="p", at_ms=NOON, version="patient", effective_at_ms=NOON, mode=PolicyMode.SHADOW, document=document
    )
    scene.send([shadow])
    policy = written(directory / "policy.yaml", ["version: v1.0"])
    checkpoints = (scene.directory / "checkpoints").as_uri()
    where = ("--bootstrap", scene.bootstrap, "--checkpoints", checkpoints)
    return scene.cluster.submit("-m", "jobs", "run", *where, "--policy", str(policy))


def live(scene: Scene) -> None:
    """Let everything happen that is counted, once or more."""
    repeated = message("m1", NOON + HOUR, sender="new")
    known = [friends(sender="new", since_ms=NOON - 5 * DAY), friends(sender="old", since_ms=NOON - 100 * DAY)]
    other = [message("m2", NOON + HOUR, sender="old"), message("m3", NOON + HOUR + 1, sender="old")]
    scene.send([*known, repeated, repeated, *other])
    scene.advance_time(NOON + HOUR + 60_000)
    scene.wait_decisions(3)
    asked = next(each for each in decisions(scene) if each.outcome == "VERIFY")
    denied = VerificationAnswered(
        event_id="a",
        at_ms=NOON + HOUR + 90_000,
        verification_id=asked.decision_id,
        account_id="bob",
        genuine=False,
        via=AnswerVia.FIRST_APP,
    )
    for _ in range(REFUSED):
        scene.produce("messages", b"poison", key=b"b", at_ms=NOON + HOUR)
    scene.produce("policies", b"poison", key=b"p", at_ms=NOON + HOUR)
    scene.send([message("late", NOON + HOUR, sender="new"), denied, *reviews(decisions(scene))])
    scene.advance_time(NOON + HOUR + 120_000)
    scene.wait_decisions(5)
    blocked = next(each for each in decisions(scene) if each.outcome == "NOT_GENUINE")
    scene.send([overturned(blocked)])
    scene.advance_time(NOON + HOUR + 180_000)


def overturned(decision: Decision) -> ReviewAnswered:
    return ReviewAnswered(
        event_id="o",
        at_ms=NOON + HOUR + 150_000,
        decision_id=decision.decision_id,
        rule=decision.rule,
        outcome=decision.outcome,
        subject_id=decision.subject_id,
        other_id=decision.other_id,
        reviewer_id="rita",
        upheld=False,
    )


def reviews(decided: list[Decision]) -> Iterator[ReviewAnswered | MissReported]:
    """Yield what a reviewer says: of all decisions on friends' messages that they are right, except the latest."""
    for place, decision in enumerate(decided, start=1):
        yield ReviewAnswered(
            event_id=f"r{place}",
            at_ms=NOON + HOUR + 90_000,
            decision_id=decision.decision_id,
            rule=decision.rule,
            outcome=decision.outcome,
            subject_id=decision.subject_id,
            reviewer_id="rita",
            upheld=place < len(decided),
        )
    yield MissReported(
        event_id="x",
        at_ms=NOON + HOUR + 90_000,
        cause_event_id="m4",
        rule="strangers",
        subject_id="old",
        reviewer_id="rita",
    )


def decisions(scene: Scene) -> list[Decision]:
    found = [decode(each.value or b"") for each in scene.read("decisions")]
    return [record for record in found if isinstance(record, Decision)]


def test_every_query_of_dashboard_and_alerts_matches_a_scraped_metric(scene: Scene, tmp_path: Path) -> None:
    job = start(scene, tmp_path)
    live(scene)
    decided, refusals = "kithward_rule_outcome_band_decisions", "kithward_reason_topic_dead_letters"

    def now(name: str, **labels: str) -> float:
        return value(scraped(scene, job), name, **labels)

    wait(lambda: now(refusals, topic="messages") == REFUSED, "no dead letters", WITHIN_S)
    wait(lambda: now("kithward_rule_missed", rule="strangers") == 1, "no answers of reviewers", WITHIN_S)
    wait(lambda: now("kithward_command_revoked", command="BlockAccount") == 1, "no command is taken back", WITHIN_S)
    found = scraped(scene, job)
    job.cancel()

    assert value(found, decided, rule="friendship-age", outcome="MIDDLE", band="[3d, 30d)") == 2
    assert value(found, decided, rule="friendship-age", outcome="VERIFY", band="[30d, inf)") == 1
    assert value(found, decided, rule="friendship-age", outcome="ATTACHED") == 1
    assert value(found, decided, rule="verification", outcome="NOT_GENUINE", band="none") == 1
    assert value(found, refusals, reason="UNDECODABLE", topic="policies") == 1
    assert value(found, "kithward_rule_live_shadow_shadow_flips", live="MIDDLE", shadow="FIRST_OPERATION") == 1
    assert value(found, "kithward_rule_outcome_was_upheld", rule="friendship-age", was="none") == 2
    assert value(found, "kithward_rule_outcome_was_overturned", rule="friendship-age", was="none") == 1
    assert value(found, "kithward_rule_missed", rule="strangers") == 1
    assert value(found, "kithward_version_policy_in_force", version="v1.0") == 1
    assert value(found, "kithward_state_pending", state="verifications") == 0
    assert value(found, "kithward_late", operator_name="relationship") >= 1
    assert value(found, "kithward_repeated", operator_name="account") == 1
    lag = value(found, "user_kithward_topic_lag_ms", topic="commands", quantile="0.5")
    assert lag > DAY  # these events are old
    assert [fault for expression, legend in queries() for fault in faults(found, expression, legend)] == []


def faults(found: list[Sample], expression: str, legend: str) -> Iterator[str]:
    """Yield the metrics of a query that are missing."""
    selected = _SELECTED.findall(expression)
    assert selected, expression
    asked = {label for labels in _GROUPED.findall(expression) for label in re.split(r",\s*", labels)}
    for name, selector in selected:
        there = matching(found, name, selector)
        if not there:
            yield f"nothing is {name}{{{selector}}}"
        yield from (f"{name} has no {label}" for label in asked if there and label not in there[0].labels)
    yield from (f"{expression} shows {label}, which is gone" for label in _SHOWN.findall(legend) if label not in asked)


def test_every_alert_has_a_description_and_a_runbook() -> None:
    assert all(rule["annotations"].keys() == {"summary", "action"} and rule["labels"] for rule in rules())
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_every_panel_has_a_description() -> None:
    panels = json.loads((FLINK_CONF / "dashboard.json").read_text("utf-8"))["panels"]
    shown = [panel for panel in panels if panel["type"] != "row"]
    assert all(panel["description"] and panel["targets"] for panel in shown)
    assert len({panel["id"] for panel in panels}) == len(panels)
