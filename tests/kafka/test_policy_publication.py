"""`policy publish`: a valid policy, with the time at which it takes effect; repeated and older versions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jobs.kafka import policy_publication
from jobs.kafka.policy_watcher import LEASE_S
from jobs.policy.file import parse
from jobs.policy.registry import PolicyLog
from operators.policy.model import Policy
from schemas.codec import decode, encode
from schemas.records import PolicyMode, PolicyPublished
from tests.support.fake_broker import FakeBroker
from tests.support.given import HOUR, NOON, kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    return FakeBroker(monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "policy.yaml", ["version: v7", "friendship_age: {t1_ms: 1d}"])


def publish(file: Path, *options: str) -> Result:
    return kithward("policy", "publish", file, *options)


def sent(broker: FakeBroker) -> PolicyPublished:
    (letter,) = broker.sent
    policy = decode(letter.value or b"")
    assert isinstance(policy, PolicyPublished)
    assert (letter.topic, letter.key, letter.at_ms) == ("policies", policy.version.encode(), policy.at_ms)
    return policy


def test_a_policy_takes_effect_when_all_workers_have_it(broker: FakeBroker, file: Path) -> None:
    before_ms = time.time_ns() // 1_000_000
    result = publish(file)
    assert (result.exit_code, result.stderr) == (0, "")
    policy = sent(broker)
    assert before_ms <= policy.at_ms <= time.time_ns() // 1_000_000
    assert policy.effective_at_ms - policy.at_ms > LEASE_S * 1_000
    assert (policy.version, policy.mode, parse(policy.document).version) == ("v7", PolicyMode.LIVE, "v7")
    assert result.stdout.startswith("version v7 is published; it takes effect at 20")


def test_it_is_published_on_the_topic_of_the_prefix(broker: FakeBroker, file: Path) -> None:
    assert [publish(file, "--topic-prefix", "eu.").exit_code for _ in range(2)] == [0, 0]
    assert [letter.topic for letter in broker.sent] == ["eu.policies"]
    assert publish(file).exit_code == 0
    assert [letter.topic for letter in broker.sent] == ["eu.policies", "policies"]


def test_at_sets_the_effective_time(broker: FakeBroker, file: Path) -> None:
    result = publish(file, "--at", "2100-01-01T00:00:00Z")
    assert sent(broker).effective_at_ms == 4_102_444_800_000
    assert (result.stdout, result.stderr) == (
        "version v7 is published; it takes effect at 2100-01-01 00:00:00 UTC\n",
        "",
    )


@pytest.mark.parametrize("at", ["1969-12-31T23:59:59Z", "253402300800000", "+999999999d"])
def test_a_time_that_the_job_refuses_is_not_published(broker: FakeBroker, file: Path, at: str) -> None:
    assert f"--at {at}: is not a time from 1970 to 9999" in the_one_line(publish(file, "--at", at))
    assert broker.sent == []


def test_an_earlier_effective_time_causes_a_warning(broker: FakeBroker, file: Path) -> None:
    result = publish(file, "--at", "+1s")
    assert result.exit_code == 0
    assert sent(broker).effective_at_ms == sent(broker).at_ms + 1_000
    assert "warning: messages of the next 5 seconds may still be judged without it" in result.stderr
    past = publish(written(file.with_name("8.yaml"), ["version: v8"]), "--at", "0")
    assert "takes effect at 20" in past.stdout, "no sooner than its own publication (C-19)"


def test_shadow_mode_is_published(broker: FakeBroker, file: Path) -> None:
    result = publish(file, "--shadow")
    assert sent(broker).mode is PolicyMode.SHADOW
    assert "decides beside the live policy, without commands" in result.stdout


def test_a_shadow_policy_can_go_live_under_its_version(broker: FakeBroker, file: Path) -> None:
    publish(file, "--shadow")
    assert publish(file).exit_code == 0
    assert [decode(letter.value or b"").mode for letter in broker.sent] == ["SHADOW", "LIVE"]  # type: ignore[attr-defined]


def test_the_latest_is_not_sent_again_and_a_reused_version_is_refused__c_20(broker: FakeBroker, file: Path) -> None:
    publish(file, "--at", "2100-01-01")
    again = publish(file)
    assert (again.exit_code, len(broker.sent)) == (0, 1)
    assert again.stdout == (
        "version v7 is the latest already, and nothing is sent: in effect from 2100-01-01 00:00:00 UTC\n"
    )
    other = written(file.with_name("other.yaml"), ["version: v7", "friendship_age: {t1_ms: 2d}"])
    assert "version v7: version v7 was published before with other content" in the_one_line(publish(other))
    assert len(broker.sent) == 1


def test_an_older_version_can_be_published_again__c_19(broker: FakeBroker, file: Path) -> None:
    newer = written(file.with_name("newer.yaml"), ["version: v8"])
    assert [publish(each).exit_code for each in (file, newer, file, file)] == [0, 0, 0, 0]
    events = [decode(letter.value or b"") for letter in broker.sent]
    log = PolicyLog(Policy())
    log.add_valid(event for event in events if isinstance(event, PolicyPublished))
    assert [event.version for event in events if isinstance(event, PolicyPublished)] == ["v7", "v8", "v7"]
    assert log.book.in_force(time.time_ns() // 1_000_000 + HOUR).version == "v7"


def test_an_invalid_policy_in_the_topic_does_not_count_as_the_latest(broker: FakeBroker, file: Path) -> None:
    publish(file)
    wrong = PolicyPublished(
        event_id="w", at_ms=NOON, version="v9", effective_at_ms=1 << 50, mode=PolicyMode.LIVE, document="nothing: 1"
    )
    broker.add("policies", 0, NOON, encode(wrong))
    assert "nothing is sent" in publish(file).stdout


def test_an_invalid_policy_is_not_sent_and_every_fault_printed__c_20(broker: FakeBroker, tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.yaml", ["version: v8", "common:", "  idel: 1s", "friendship_age:", "  t2_ms: -1"])
    result = publish(bad)
    assert (result.exit_code, result.stdout, broker.sent) == (2, "", [])
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [f"{bad}:3", f"{bad}:5"]


def test_a_policy_without_a_version_is_refused(broker: FakeBroker, tmp_path: Path) -> None:
    refused = publish(written(tmp_path / "unnamed.yaml", ["common: {}"]))
    assert refused.exit_code == 2
    assert "version: must be named" in refused.stderr.splitlines()[-1]
    assert broker.sent == []


def test_keyword_files_are_embedded(broker: FakeBroker, tmp_path: Path) -> None:
    written(tmp_path / "words.txt", ["wire me"])
    file = written(tmp_path / "policy.yaml", ["version: v9", "friendship_age: {keyword_files: [words.txt]}"])
    assert publish(file).exit_code == 0
    assert any(keyword.text == "wire me" for keyword in parse(sent(broker).document).friendship_age.screen.keywords)


def test_records_in_the_topic_that_are_no_policy_are_skipped(broker: FakeBroker, file: Path) -> None:
    broker.add("policies", 0, NOON, b"\x00")
    assert publish(file).exit_code == 0
    assert policy_publication.PROPAGATION_MS > LEASE_S * 1_000


def test_an_invalid_time_is_refused(broker: FakeBroker, file: Path) -> None:
    assert "--at soon: is not a time" in the_one_line(publish(file, "--at", "soon"))
    assert broker.sent == []
