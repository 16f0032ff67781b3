"""`kithward send`, against a real broker: topics, keys, times; progress; what is not sent."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Final

import pytest

from jobs.deploy.installation import ROOT
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_io import read_topic
from jobs.local.broker import Broker
from schemas.codec import decode
from tests.support.given import NOON, kithward, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.jvm

EXAMPLES: Final = ROOT / "docs" / "mappings"
FRIENDSHIPS: Final = (EXAMPLES / "friendships.yaml", EXAMPLES / "friendships.jsonl")
AVATARS: Final = """
rules:
  - name: avatar
    record: ProfileChanged
    fields: {event_id: id, at_ms: at, account_id: {value: ann}, avatar_image: picture}
"""


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        missing = kithward("send", *FRIENDSHIPS, "--bootstrap", broker.bootstrap)
        assert "there is no topic relations; create it with: kithward topics create" in the_one_line(missing)
        kithward("topics", "create", "--bootstrap", broker.bootstrap, "--partitions", 2)
        yield broker.bootstrap


def test_friendships_are_sent_once_with_key_and_time(bootstrap: str, tmp_path: Path) -> None:
    call = ("send", *FRIENDSHIPS, "--bootstrap", bootstrap, "--progress", tmp_path / "progress")
    first, second = kithward(*call), kithward(*call)
    assert (first.exit_code, second.exit_code) == (0, 0), first.stderr + second.stderr
    assert first.stdout.splitlines() == ["relations: 4 sent", "4 records sent"]
    assert second.stdout.splitlines() == ["0 records sent; 4 had arrived before"]
    stored = list(read_topic(Brokers(bootstrap), "relations"))
    records = [(decode(each.value or b""), each) for each in stored]
    assert len(records) == 4
    assert all(record.account_id.encode() == each.key for record, each in records)  # type: ignore[attr-defined]
    assert all(record.at_ms == each.at_ms for record, each in records)  # type: ignore[attr-defined]


def test_what_cannot_be_mapped_is_not_sent(bootstrap: str, tmp_path: Path) -> None:
    bad = json.dumps({"op": "c", "after": {"id": 1, "status": "accepted"}, "source": {"table": "t", "ts_ms": 1}})
    result = kithward("send", FRIENDSHIPS[0], written(tmp_path / "rows.jsonl", [bad]), "--bootstrap", bootstrap)
    assert (result.exit_code, result.stdout) == (1, "0 records sent\n")
    place = (
        f"{tmp_path / 'rows.jsonl'}, line 1: MISSING_FIELD: rule begun: account_id: nothing there (path row.user_id)"
    )
    assert result.stderr.splitlines() == [place, "1 could not be mapped and are not sent"]


def test_what_is_larger_than_its_topic_takes_does_not_hold_up_the_rest(bootstrap: str, tmp_path: Path) -> None:
    pictures = [b64encode(bytes(size)).decode() for size in (10, 2 << 20, 10, 3 << 20, 10)]
    rows = [json.dumps({"id": f"e{row}", "at": NOON + row, "picture": each}) for row, each in enumerate(pictures)]
    mapping, events = written(tmp_path / "avatars.yaml", [AVATARS]), written(tmp_path / "avatars.jsonl", rows)
    call = ("send", mapping, events, "--bootstrap", bootstrap, "--progress", tmp_path / "progress")
    first, second = kithward(*call), kithward(*call)
    assert (first.exit_code, first.stdout) == (1, "profiles: 3 sent\n3 records sent\n")
    assert first.stderr.splitlines() == [
        f"{events}, line 2: is larger than its topic takes",
        f"{events}, line 4: is larger than its topic takes",
        "2 are larger than their topics take and are not sent",
    ]
    assert (second.exit_code, second.stdout) == (0, "0 records sent; 5 had arrived before\n")
    read = [decode(each.value or b"") for each in read_topic(Brokers(bootstrap), "profiles")]
    assert {record.event_id for record in read} == {"e0", "e2", "e4"}  # type: ignore[attr-defined]


def test_a_dry_run_needs_no_broker() -> None:
    result = kithward("send", *FRIENDSHIPS, "--dry-run", "--bootstrap", "localhost:1")
    assert (result.exit_code, result.stdout) == (0, "relations: 4 would be sent\n4 records would be sent\n")


def test_standard_input_has_no_progress(tmp_path: Path) -> None:
    result = kithward("send", FRIENDSHIPS[0], "-", "--progress", tmp_path / "progress")
    assert "--progress: is for files" in the_one_line(result)
