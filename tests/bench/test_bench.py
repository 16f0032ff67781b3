"""Benchmark parts, except their processes: `python -m bench --quick` runs those."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import astuple, replace
from importlib import import_module
from itertools import chain, count
from pathlib import Path

import pytest

from bench.__main__ import main, parse_options, sizes_of
from bench.job import memory, progress
from bench.job.feed import pack
from bench.job.memory import Footprint, bytes_on_disk
from bench.job.processes import resident
from bench.job.progress import Point, Rate, Span, measure, rate_of
from bench.job.throughput import POLICY, QUICK
from bench.job.traffic import conversations, friendships, messages, pair
from bench.job.usage import Usage
from bench.parts import PARTS
from bench.quality import screening, texts
from jobs.flink.rest_client import FlinkError
from jobs.policy.file import parse
from operators.policy.model import Policy
from operators.screening.screening import matcher_of
from schemas.codec import decode
from schemas.records import FriendAdded, MessageSent
from schemas.validation import validate

FRIENDS = 50


def test_three_messages_in_a_hundred_are_suspicious_and_those_are_between_friends() -> None:
    friends = {pair(number, 2 * FRIENDS) for number in range(FRIENDS)}
    screen = matcher_of(Policy().friendship_age.screen)
    sent = [decode(sent.value) for sent in messages(4_000, FRIENDS)]
    found = [message for message in sent if isinstance(message, MessageSent) and screen.find(message.text)]
    assert 80 < len(found) < 160
    assert {(message.sender_id, message.recipient_id) for message in found} <= friends


def test_what_is_sent_is_valid_and_begins_with_the_friendships() -> None:
    told, written = list(friendships(range(FRIENDS), 2 * FRIENDS)), list(messages(100, FRIENDS))
    for sent in (*told, *written):
        validate(decode(sent.value))
    assert all(isinstance(decode(sent.value), FriendAdded) for sent in told)
    assert max(sent.at_ms for sent in told) < min(sent.at_ms for sent in written)


@pytest.mark.parametrize("share", [0.03, 0.5, 1.0])
def test_as_many_messages_begin_a_conversation_as_said(share: float) -> None:
    listed = list(conversations(10_000, FRIENDS, 200_000, share=0.1, beginning=share))
    harmless = [(sender, recipient) for sender, recipient, _ in listed if sender.startswith("v")]
    assert 8_800 < len(harmless) < 9_200
    assert abs(len(set(harmless)) / len(harmless) - share) < 0.01


def test_the_first_friendships_give_every_account_one_friend() -> None:
    named = [name for number in range(FRIENDS) for name in pair(number, 2 * FRIENDS)]
    assert len(set(named)) == 2 * FRIENDS


def test_without_the_collection_there_are_texts_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "SMS", Path("/nowhere"))
    assert len(texts.harmless()) > 100
    assert "our own" in texts.origin()


def test_every_suspicious_text_is_found_by_the_default_policy() -> None:
    screen = matcher_of(Policy().friendship_age.screen)
    assert all(screen.find(text) for text in texts.suspicious())


def test_a_record_is_packed_with_its_lengths() -> None:
    (sent,) = messages(1, FRIENDS)
    raw = pack(sent)
    assert int.from_bytes(raw[:8], "big") == sent.at_ms
    assert raw[16:] == sent.key + sent.value


def test_the_measured_policy_is_the_default_but_for_a_quicker_start() -> None:
    assert parse(POLICY).friendship_age == Policy().friendship_age


def test_a_rate_is_overall_with_its_slowest_and_fastest_part() -> None:
    points = [Point(second, read) for second, read in enumerate((0, 100, 200, 300, 800))]
    assert rate_of(points) == Rate(200.0, 100.0, 500.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count()
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr(progress.time, "sleep", lambda _: None)
    monkeypatch.setattr(progress, "cluster_usage", Usage)


@pytest.mark.usefixtures("clock")
def test_the_warm_up_is_not_measured() -> None:
    read = iter((0, 1, 2, 3, *range(1003, 100_000, 1000)))
    assert measure(lambda: next(read), Span(1, 3, 10, 10**6)).rate.overall == 1000


@pytest.mark.usefixtures("clock")
def test_too_few_records_are_refused() -> None:
    read = count(step=1000)
    with pytest.raises(FlinkError, match="too few"):
        measure(lambda: next(read), Span(1, 3, 10, 5000))


@pytest.mark.parametrize("name", ["bench.job.control", "bench.job.naive"])
def test_the_jobs_that_are_compared_can_be_loaded(name: str) -> None:
    assert callable(import_module(name).main)


def test_memory_has_a_verdict_for_every_target() -> None:
    said = "\n".join(
        memory.report_lines(Footprint(10, 5, 100, 100, 100, 1000), Footprint(100, 50, 100, 100, 200, 6000))
    )
    assert "MISSED bytes on disk a friendship: 120 (wanted <= 100)" in said
    assert "met    growth of the screening worker with the keys: x 1.00" in said
    assert "MISSED growth of the task manager's heap with the keys: x 2.00" in said


@pytest.mark.parametrize("each", [1, 4, 10])
def test_friendships_are_new_ones_also_where_accounts_have_some_each(each: int) -> None:
    sizes = memory.Sizes(friendships=200, friends_each=each)
    pairs = [pair(number, sizes.accounts) for number in range(sizes.friendships)]
    assert len(set(pairs)) == sizes.friendships
    assert set(Counter(chain.from_iterable(pairs)).values()) == {each}


def test_every_part_is_run_unless_some_are_selected() -> None:
    assert parse_options([]).what == [part.name for part in PARTS]
    assert parse_options(["forest", "memory"]).what == ["forest", "memory"]


def test_sizes_can_be_set_one_by_one_and_are_shared_by_the_parts_that_name_them_alike() -> None:
    asked = parse_options(["--quick", "--messages", "7", "--friendships", "9"])
    sizes = {part.name: sizes_of(part, asked) for part in PARTS}
    assert sizes["throughput"] == replace(QUICK, messages=7)
    assert sizes["replay"].messages == 7
    assert sizes["memory"].friendships == 9


def test_a_smoke_run_is_no_larger_than_a_usual_one() -> None:
    for part in PARTS:
        usual, quick = astuple(part.usual), astuple(part.quick)
        assert usual != quick
        assert all(type(one) is type(other) for one, other in zip(usual, quick, strict=True))
        assert all(one <= other for one, other in zip(quick, usual, strict=True) if not isinstance(one, Path))


def test_parts_run_in_order_with_their_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--quick", "--members", "100", "--joins", "9", "--cases", "9", "--updates", "20", "--crowd", "60")
    assert main(["forest", "vicinity", *few]) == 0
    verdicts = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("met ", "MISSED "))]
    assert sum("chain, a " in line or "star, a " in line for line in verdicts) == 3
    assert sum("a location at a pole, " in line for line in verdicts) == 3
    assert sum("60, of whom 50 are asked" in line for line in verdicts) == 1


def test_hits_of_the_screen_are_counted_by_label(tmp_path: Path) -> None:
    file = tmp_path / "texts.tsv"
    file.write_text("ham\thello\nham\tplease make the payment today\nspam\tyour prize waits\n")
    said = list(screening.hit_rates(screening.compile_rules(screening.RULES), file))
    assert said[0].split() == ["texts.tsv", "ham", "2", "spam", "1"]
    assert said[1].split()[:3] == ["any", "1", "50.0%"]
    assert said[-1] == "MISSED of harmless texts are flagged: 50.0% (wanted <= 1.0%)"


def test_the_time_of_hostile_texts_is_compared_with_that_of_longer_ones() -> None:
    said = list(screening.hostile_texts(screening.compile_rules(screening.RULES), 64))
    assert len(said) == len(screening.WORST)
    assert all(line.startswith(("met ", "MISSED ")) for line in said)


def test_the_prefilter_is_compared_with_the_exact_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "BATCH", 200)
    said = list(screening.prefilter_rates(screening.compile_rules(screening.RULES), 1))
    assert sum("messages/s" in line for line in said) == 3
    assert sum("times as many as exactly" in line for line in said) == 3


def test_the_memory_of_a_child_process_is_measured() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()", "marked"], stdin=subprocess.PIPE) as process:
        assert resident("marked") > 1_000_000
        process.communicate(b"\n")


def test_only_tables_count_as_state_on_disk(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "1.sst").write_bytes(bytes(10))
    (tmp_path / "db" / "LOG").write_bytes(bytes(99))
    assert bytes_on_disk(tmp_path) == 10
