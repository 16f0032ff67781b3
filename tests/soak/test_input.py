"""Soak: input that is far behind, out of order, idle, or on new partitions."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from zlib import crc32

from kafka import KafkaProducer

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from schemas.topics import INPUT_OF
from tests.soak.whole import agrees, started, whole
from tests.support.codecs import CODECS, codecs_on_disk
from tests.support.incident_streams import policy
from tests.support.streams import SECOND_MS, time_ms

if TYPE_CHECKING:
    from schemas.records import Record
    from tests.e2e.support.stage import Scene

ASKEW_MS = 30 * SECOND_MS
AHEAD_MS = 60 * SECOND_MS
IDLE_MS = 20 * SECOND_MS
MORE = 5


def test_a_job_with_a_backlog_catches_up_and_may_be_killed_meanwhile__c_12(scene: Scene) -> None:
    first, second, third = whole().parts(3)
    job = started(scene, ahead_ms=AHEAD_MS)
    scene.send(first)
    seen = scene.wait_decisions(1)
    scene.cluster.kill_task_manager()
    scene.send(second)  # no job reads it
    scene.send(third)
    scene.cluster.start_task_manager()
    scene.wait_decisions(seen + 1)
    scene.replace_task_manager(job)
    scene.end(job)
    assert agrees(scene)


def test_producers_whose_clocks_differ_by_half_a_minute_change_nothing__c_2(scene: Scene) -> None:
    """Each partition has a producer of its own: what a slow one writes comes so much later than others' of its time."""
    slow_by_ms = random.Random(ASKEW_MS)
    behind = {place: slow_by_ms.uniform(0, ASKEW_MS) for place in sorted(set(map(place_of, whole().others)))}
    job = started(scene, ahead_ms=AHEAD_MS)
    for event in sorted(whole().others, key=lambda event: time_ms(event) + behind[place_of(event)]):
        scene.send_record(event, place_of(event)[1])
    scene.advance_time(max(map(time_ms, whole().others)))
    scene.end(job)
    assert agrees(scene)


def test_an_idle_partition_does_not_hold_back_the_watermark_and_is_not_late_afterwards(scene: Scene) -> None:
    first, second, third = whole().parts(3)
    job = started(scene, idle_ms=IDLE_MS)
    scene.send(first)
    scene.wait_consumed()
    scene.ticked_partitions = 1
    for event in second:
        scene.send_record(event, 0)
    scene.advance_time(max(map(time_ms, second)))
    scene.wait_decisions(decisions_of(first) + 1)
    scene.ticked_partitions = 2
    scene.send([])  # it speaks of the time that it is, and is waited for from then on
    scene.wait_consumed()
    scene.send(third)
    scene.end(job)
    assert agrees(scene)


def test_partitions_that_are_added_while_the_job_runs_are_read__c_17(scene: Scene) -> None:
    first, second = whole().parts(2)
    job = started(scene)
    scene.send(first)
    scene.wait_decisions(1)
    scene.add_partitions(MORE)
    scene.send([])  # the job learns of them within ten seconds, and time waits for it
    scene.wait_consumed()
    for event in second:
        scene.send_record(event, place_of(event, MORE)[1])
    scene.advance_time(max(map(time_ms, second)))
    scene.replace_task_manager(job)
    scene.end(job)
    assert {place.partition for place in scene.ends} == set(range(MORE))
    assert agrees(scene)


def place_of(event: Record, partitions: int = 2) -> tuple[str, int]:
    """Return a topic and one of its partitions."""
    topic = INPUT_OF[type(event)]
    return topic.name, crc32(topic.key_of(event).encode()) % partitions


def decisions_of(events: list[Record]) -> int:
    """Return how many decisions there are before anything else comes."""
    outputs = replay(risk_graph(), [*whole().policies, *events], policy=policy(), finish=False)
    return sum(topic == "decisions" for topic, _, _ in outputs)


def test_a_stream_in_which_every_part_has_another_codec_is_read_as_any_other__c_12(scene: Scene) -> None:
    codecs = (None, *CODECS)
    job = started(scene)
    for codec, part in zip(codecs, whole().parts(len(codecs)), strict=True):
        scene._producer.close()
        scene._producer = KafkaProducer(bootstrap_servers=scene.bootstrap, compression_type=codec, linger_ms=20)
        scene.send(part)
        if codec == CODECS[1]:
            scene.replace_task_manager(job)
    scene.end(job)
    assert codecs_on_disk(scene.stage.broker.log.parent / "data", "messages") >= {"none", *CODECS}
    assert agrees(scene)
