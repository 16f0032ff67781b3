"""Names of topics on a broker: a prefix, a file of own names, and faults of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.kafka.topic_names_file import load_topic_names
from schemas.topic_names import CONTRACT_NAMES
from schemas.topics import TOPICS
from tests.support.given import written

if TYPE_CHECKING:
    from pathlib import Path


def test_without_prefix_and_file_the_names_are_those_of_the_contract() -> None:
    names = load_topic_names("", None)
    assert names == CONTRACT_NAMES
    assert [names.physical(topic) for topic in TOPICS] == list(TOPICS)


@pytest.mark.parametrize("text", ["messages: chat\ncommands: 'orders'", '{"messages": "chat",\n "commands": "orders"}'])
def test_own_names_stand_as_they_are_and_all_others_get_the_prefix(tmp_path: Path, text: str) -> None:
    names = load_topic_names("eu.", written(tmp_path / "topics.yaml", [text]))
    assert [names.physical(topic) for topic in ("messages", "commands", "policies")] == [
        "chat",
        "orders",
        "eu.policies",
    ]
    assert all(names.contract(names.physical(topic)) == topic for topic in TOPICS)
    assert (names.contract("messages"), names.contract("eu.messages")) == (None, None)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["mesages: chat"], ": mesages: is not a topic; the topics are messages, relations"),
        (["messages: a/b"], ": messages: a topic's name has up to 249 letters, digits and . _ -, not 'a/b'"),
        (["messages: ..", "relations: ''"], ": messages: a topic's name has"),
        (["messages:"], ": messages: a topic's name has up to 249 letters, digits and . _ -, not ''"),
        (["messages: relations"], ": messages and relations have the same name relations"),
        (["relations: a", "messages: b", "relations: c"], ":3: relations is given twice"),
        (["messages: [a]"], ":1: expected a line for each topic with a name of its own"),
        (["- messages"], ": expected a line for each topic"),
        ([""], ": expected a line for each topic"),
        (["messages: chat", "x: 'y"], ":3: is not YAML or JSON"),
        ([b"messages: \xff"], ": is not UTF-8 text"),
        (["#" * 65_537], ": is larger than 65,536 characters"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, lines: list[object], fault: str) -> None:
    file = written(tmp_path / "topics.yaml", lines)
    with pytest.raises(BadInput) as raised:
        load_topic_names("", file)
    assert str(raised.value).startswith(f"{file}{fault}")


def test_deep_nesting_and_aliases_are_refused_at_once(tmp_path: Path) -> None:
    deep = written(tmp_path / "deep.yaml", ["[" * 5_000])
    with pytest.raises(BadInput):
        load_topic_names("", deep)
    doubled = ["messages: &a0 [x]", *(f"t{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60))]
    with pytest.raises(BadInput, match="expected a line for each topic"):
        load_topic_names("", written(tmp_path / "doubled.yaml", doubled))


@pytest.mark.parametrize("prefix", ["eu/", "ü", "a b", "x" * 240])
def test_a_prefix_that_no_topic_can_begin_with_is_refused(prefix: str) -> None:
    with pytest.raises(BadInput, match=r"--topic-prefix .*: messages: a topic's name|--topic-prefix .*: .*not"):
        load_topic_names(prefix, None)
