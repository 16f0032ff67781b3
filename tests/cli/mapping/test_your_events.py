"""docs/your-events.md: its commands as a reader would type them, and its example mappings with their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from jobs.deploy.installation import ROOT
from jobs.mapping.file import load_mapping
from jobs.replay.event_files import InputRules, open_events
from schemas.records import FriendAdded, FriendRemoved, MemberJoined, MemberLeft, MessageSent, Record, RoleChanged
from tests.support.typed_commands import desk, run, typed_in

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = ROOT / "docs" / "your-events.md"
EXAMPLES: Final = ROOT / "docs" / "mappings"


def mapped(name: str, sample: str) -> list[Record]:
    """Return the records of a sample, of which none may be at fault."""
    with open_events([EXAMPLES / sample], rules=InputRules(mapping=load_mapping(EXAMPLES / name))) as files:
        records = [event.parsed for event in files.events()]
    assert all(isinstance(record, Record) for record in records), records
    return [record for record in records if isinstance(record, Record)]


def test_every_command_of_the_page_prints_what_it_shows(tmp_path: Path) -> None:
    place = desk(tmp_path)
    before_the_job, _, behind = PAGE.read_text("utf-8").partition("\n## 6. ")
    _, _, after_the_job = behind.partition("\n## A mapping file\n")
    typed = [*typed_in(before_the_job), *typed_in(after_the_job)]
    assert len(typed) >= 12
    for each in typed:
        run(each, place, "no-broker:9092")


def test_a_stream_of_a_table_of_friendships() -> None:
    added, accepted, created, removed = mapped("friendships.yaml", "friendships.jsonl")
    assert isinstance(added, FriendAdded)
    assert (added.account_id, added.friend_id, added.since_ms) == ("u4", "u17", 1_704_186_000_000)
    assert isinstance(accepted, FriendAdded)
    assert accepted.at_ms == 1_772_359_200_000
    assert isinstance(created, FriendAdded)
    assert isinstance(removed, FriendRemoved)
    assert (removed.account_id, removed.friend_id) == ("u4", "u17")


def test_a_chat_export() -> None:
    records = mapped("chat-export.yaml", "chat-export.json")
    texts = [record.text for record in records if isinstance(record, MessageSent)]
    assert texts == [
        "Thanks! Who brings the seeds?",
        "Guaranteed profit: https://double.example/now, double your money by Friday",
        "",
    ]
    joins = [(each.account_id, each.inviter_id, each.via.value) for each in records if isinstance(each, MemberJoined)]
    assert joins == [
        ("Ines", None, "FOUNDING"),
        ("Tom", "Ines", "INVITE"),
        ("Ayla", "Ines", "INVITE"),
        ("Rex", "Tom", "LINK"),
    ]
    assert [each.account_id for each in records if isinstance(each, RoleChanged)] == ["Ines"]
    assert [(each.account_id, each.removed_by) for each in records if isinstance(each, MemberLeft)] == [("Rex", "Ines")]


def test_a_bus_of_a_messenger() -> None:
    records = mapped("event-bus.yaml", "event-bus.jsonl")
    assert [type(record).__name__ for record in records] == [
        *(
            "ProfileChanged",
            "FriendAdded",
            "MessageSent",
            "MessageSent",
            "MemberJoined",
            "MemberJoined",
            "MemberJoined",
        ),
        *("MessageSent", "MemberReported", "AccountErased"),
    ]


def test_conversations_with_lists_of_their_members() -> None:
    said = [record for record in mapped("conversations.yaml", "conversations.jsonl") if isinstance(record, MessageSent)]
    assert [(each.sender_id, each.recipient_id, each.group_id) for each in said] == [
        ("u777", "u501", None),
        ("u501", "u777", None),
        ("u777", "u501", None),
        ("u777", "u501", None),
        ("u502", None, "rg-9"),
    ]
    assert (said[0].at_ms, said[3].text) == (1_772_442_000_120, "")


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("event-bus.yaml", "event-bus.jsonl"),
        ("chat-export.yaml", "chat-export.json"),
        ("friendships.yaml", "friendships.jsonl"),
        ("conversations.yaml", "conversations.jsonl"),
    ],
)
def test_no_two_records_of_an_example_have_one_id(name: str, sample: str) -> None:
    ids = [record.event_id for record in mapped(name, sample)]  # type: ignore[attr-defined]
    assert len(set(ids)) == len(ids)
