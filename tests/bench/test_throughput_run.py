"""Benchmark of throughput, run small: its traffic, the control's counts, the peers' counts, its results."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

import pytest
from kafka import KafkaAdminClient
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

from bench.__main__ import main
from bench.job import peers
from bench.job.control import COUNTS, JAR, write_keywords
from bench.job.feed import feed
from bench.job.peers import PEERS, measure_peer
from bench.job.throughput import Sizes, broker, cluster, control_way, prepare
from bench.job.traffic import messages
from bench.peers.small_part import decode, fold, read_screen
from jobs.deploy.installation import java
from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_io import is_behind, open_consumer
from schemas.codec import decode as decode_record
from schemas.records import MessageSent
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.local.broker import Broker

pytestmark = [pytest.mark.jvm, pytest.mark.soak]

PERCENT: Final = 3.0
SIZES: Final = Sizes(messages=20_000, laps=27, friends=100)
LAPS: Final = 3
TEXTS: Final = (
    "",
    "please make the payment today",
    "ＰＡＹＭＥＮＴ or 付款",
    "see you at 8 😀",
    "pay" * 50,
    "dame tu iban, por favor",
    "dame ahora tu libro",
    "two repayments",
)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker")) as running:
        prepare(running.bootstrap, SIZES, PERCENT)
        yield running


@pytest.fixture(scope="module")
def keywords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_keywords(tmp_path_factory.mktemp("keywords") / "keywords.txt")


def create_topic(kafka: Broker, topic: str) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}})


def values(kafka: Broker, topic: str) -> list[bytes]:
    """Return what is committed in a topic."""
    found: list[bytes] = []
    with open_consumer(Brokers(kafka.bootstrap), [topic]) as reader:
        ends = reader.end_offsets(list(reader.assignment()))
        while is_behind(reader, ends):
            found.extend(record.value for batch in reader.poll(1_000).values() for record in batch)
    return found


def counts(kafka: Broker, topic: str) -> dict[str, list[int]]:
    """Return the counts of each pair, from the lowest."""
    found: dict[str, list[int]] = defaultdict(list)
    for value in values(kafka, topic):
        pair, _, count = value.decode().rpartition(" ")
        found[pair].append(int(count))
    return {pair: sorted(numbers) for pair, numbers in found.items()}


def test_later_laps_are_valid_messages_of_their_own(kafka: Broker) -> None:
    create_topic(kafka, "laps")
    first = list(messages(500, 100))
    assert feed(kafka.bootstrap, "laps", first, laps=LAPS) == 500 * LAPS
    sent = decoded(values(kafka, "laps"))
    assert len({message.event_id for message in sent}) == len(sent) == 500 * LAPS
    assert {message.at_ms for message in sent} == set(range(first[0].at_ms, first[0].at_ms + len(sent)))
    texts = Counter(message.text for message in decoded(one.value for one in first))
    assert Counter(message.text for message in sent) == {text: LAPS * number for text, number in texts.items()}
    pairs = Counter((message.sender_id, message.recipient_id) for message in decoded(one.value for one in first))
    begun = {pair: number for pair, number in pairs.items() if pair[0].startswith("v")}
    of_laps = Counter((message.sender_id, message.recipient_id) for message in sent)
    assert len(of_laps) == len(pairs) + (LAPS - 1) * len(begun)
    assert all(of_laps[pair] == number * (1 if pair in begun else LAPS) for pair, number in pairs.items())


def test_at_a_rate_messages_have_the_time_at_which_they_are_sent(kafka: Broker) -> None:
    create_topic(kafka, "rate")
    began_ms = int(time.time() * 1000)
    assert feed(kafka.bootstrap, "rate", messages(20, 100), laps=30, rate=600) == 600
    sent = decoded(values(kafka, "rate"))
    assert len({message.event_id for message in sent}) == len(sent) == 600
    times = sorted(message.at_ms for message in sent)
    assert began_ms <= times[0] < times[-1] <= int(time.time() * 1000)
    assert times[-1] - began_ms >= 990  # a feed that was late with the first ones catches up


def decoded(sent: Iterable[bytes]) -> list[MessageSent]:
    """Return what is sent, all of it messages, and valid."""
    found = [decode_record(value) for value in sent]
    for record in found:
        validate(record)
    assert all(isinstance(record, MessageSent) for record in found)
    return cast("list[MessageSent]", found)


def test_the_control_counts_every_message_with_a_keyword_exactly_once(
    kafka: Broker, keywords: Path, tmp_path: Path
) -> None:
    screen = read_screen(str(keywords))
    pairs = Counter(map(screen.pair_of, (one.value for one in messages(SIZES.messages, SIZES.friends, PERCENT / 100))))
    del pairs[None]
    wanted = {pair: list(range(1, SIZES.laps * number + 1)) for pair, number in pairs.items()}
    way = control_way(kafka.bootstrap, tmp_path, SIZES, PERCENT)
    with cluster(tmp_path / "flink") as flink:
        job = flink.submit(*way.submitted)
        total = sum(map(len, wanted.values()))
        wait(lambda: len(values(kafka, COUNTS)) >= total, "the control does not count", 120)
        job.cancel()
    assert counts(kafka, COUNTS) == wanted
    assert total > 10_000


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_counts_as_the_control_does_and_measures_itself(
    name: str, kafka: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = f"counts-{PEERS[name]}"
    create_topic(kafka, topic)
    monkeypatch.setattr(peers, "COUNTS", topic)
    cost = measure_peer(name, tmp_path, kafka.bootstrap, peers.Sizes(peer_warm_s=0.5, peer_s=1.0))
    assert cost.rate > 0
    assert cost.each_us > 0
    found = counts(kafka, topic)
    assert found
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_control_and_peers_find_and_decode_alike(keywords: Path) -> None:
    port, token = launch_gateway(classpath=str(JAR), die_on_exit=True, java_path=java(), enable_auth=True)
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token, auto_convert=True))
    java_control, screen = gateway.jvm.control, read_screen(str(keywords))
    automaton = java_control.Keywords(keywords.read_text("utf-8").splitlines())
    found = [automaton.find(java_control.Keywords.fold(text)) for text in TEXTS]
    assert found == [screen.find(fold(text)) for text in TEXTS]
    assert found == [False, True, True, False, False, True, False, True]
    few = java_control.Keywords(["he", "she", "hers / his + or"])
    assert [few.find(text) for text in ("ushers", "his", "hi or his", "h")] == [True, False, True, False]
    for one in messages(50, 10, 0.5):
        message = java_control.Message.decode(one.value)
        assert (message.sender(), message.recipient(), message.text()) == decode(one.value)
    gateway.shutdown()


def test_a_smoke_run_prints_rates_and_processor_times(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["throughput", "--quick", "--percents", "3"]) == 0
    said = capsys.readouterr().out
    assert "3 %  the control: Java by hand" in said
    assert "3 %  Kithward, 1 task manager" in said
    assert "            task manager: " in said
    assert any(line.startswith(("met ", "MISSED ")) and "of the control's:" in line for line in said.splitlines())
