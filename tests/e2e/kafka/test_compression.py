"""Compressed batches of every codec and producer reach the job, on every input topic; its outputs may be compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.codec import decode, encode
from schemas.records import Decision
from schemas.topics import OUTPUTS
from tests.support.codecs import CODECS, codecs_on_disk, send_compressed, set_compression
from tests.support.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from tests.e2e.support.stage import Scene

AT_MS = NOON + HOUR
PADDING = "payment " * 200
SENT = {(codec, writer) for codec in CODECS for writer in ("python", "librdkafka", "broker")}


def value_of(topic: str, codec: str, writer: str) -> bytes:
    """Return a suspicious message for its topic, and for each other one a malformed record."""
    if topic == "messages":
        return encode(message(f"{codec} {writer}", AT_MS, PADDING))
    return f"{topic} {codec} {writer} {PADDING}".encode()


def test_every_codec_of_every_producer_is_read_from_every_input_topic__c_12_c_16(scene: Scene) -> None:
    """One job reads one batch of each: of each input topic, codec and writer."""
    scene.send([friends()])
    send_compressed(scene.stage.broker, scene._admin, scene.topics, value_of, AT_MS)
    data = scene.stage.broker.log.parent / "data"
    assert all(codecs_on_disk(data, topic) >= set(CODECS) for topic in scene.topics)
    set_compression(scene._admin, [topic.name for topic in OUTPUTS], "zstd")
    scene.advance_time(AT_MS + HOUR)
    job = scene.start()
    scene.end(job)

    decisions = [decode(record.value or b"") for record in scene.read("decisions")]
    causes = [each.cause_event_id for each in decisions if isinstance(each, Decision)]
    # A verification that nobody answers is decided again at the end, with a cause of its own.
    assert sorted(cause for cause in causes if ":" not in cause) == sorted(" ".join(sent) for sent in SENT)
    assert sorted(letter.value or b"" for letter in scene.read("dead-letters")) == sorted(
        value_of(topic, *sent) for topic in scene.topics - {"messages"} for sent in SENT
    )
    assert job.failures() == []
