"""The job resumes from the savepoint of each earlier release."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from schemas.codec import encode
from schemas.records import Decision
from schemas.topics import INPUT_OF
from state.stores.memory import MemoryStore
from tests.e2e.support.clock import ticks
from tests.e2e.support.released import KEPT, Left, keep, left, policy, story
from tests.e2e.support.stage import Scene, outputs_of_replay

RELEASES = sorted(KEPT.glob("*.zip"))
TODAY = Path("today.zip")
"""What the code at hand leaves itself."""
RULES = {"event-group", "identification", "verification", "friendship-age"}


@pytest.mark.parametrize("kept", [*RELEASES, TODAY], ids=lambda kept: kept.stem)
def test_the_job_resumes_from_the_savepoint_of_a_release__c_12(kept: Path, scene: Scene, tmp_path: Path) -> None:
    if kept == TODAY:
        kept = tmp_path / TODAY
        keep(scene, kept)
        scene._renew_topics()
        scene.ends.clear()
    go_on(scene, left(kept, tmp_path / "left"))


def go_on(scene: Scene, release: Left) -> None:
    fill(scene, release)
    job = scene.start(release.savepoint.as_uri(), policy="tests.e2e.support.released:policy")
    scene.send(release.after)
    scene.end(job)
    assert concluded(scene.outputs()) == concluded(expected(release))


_FOUND = re.compile(r"""(reasons=\([^)]*\)|evidence='(?:[^'\\]|\\.)*'|report=('[^']*'|"[^"]*"))""")


def concluded(outputs: Counter[str]) -> Counter[str]:
    """Return outputs without what was found in a text: an open verification keeps what the release has found."""
    told = Counter[str]()
    for output, count in outputs.items():
        told[_FOUND.sub("", output)] += count
    return told


def fill(scene: Scene, release: Left) -> None:
    """Fill the offsets that the release has read already, so that the unread records come after them."""
    first_ms = min(event.at_ms for event in release.before)  # type: ignore[attr-defined]
    values = {INPUT_OF[type(tick)].name: encode(tick) for tick in ticks(first_ms)}
    for place, end in release.ends.items():
        for _ in range(end):
            scene.produce(place.topic, values[place.topic], at_ms=first_ms, partition=place.partition)
    scene.flush()
    assert scene.ends == release.ends


def expected(release: Left) -> Counter[str]:
    """Return what an uninterrupted run concludes, without what it had concluded by then."""
    whole = replay(risk_graph(), [*release.before, *release.after], policy=policy())
    so_far = replay(risk_graph(), release.before, policy=policy(), store=MemoryStore(), finish=False)
    return outputs_of_replay(whole) - outputs_of_replay(so_far)


def test_the_events_after_the_savepoint_need_its_state() -> None:
    before, after = story()
    whole = replay(risk_graph(), [*before, *after], policy=policy())
    ignorant = outputs_of_replay(replay(risk_graph(), after, policy=policy()))
    needed = {
        record.rule
        for topic, key, record in whole
        if isinstance(record, Decision) and not outputs_of_replay([(topic, key, record)]) & ignorant
    }
    assert needed >= RULES
