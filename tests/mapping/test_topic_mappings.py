"""Mapping files of topics, as `run` checks them before it submits a job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.mapping.topics import TopicMappings, load_topic_mappings
from jobs.mapping.values import AvroValues, JsonValues, RegistryValues
from schemas.registry import Registry
from schemas.topic_names import CONTRACT_NAMES, TopicNames

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
rules:
  - name: gone
    record: AccountErased
    fields: {event_id: id, at_ms: at, account_id: by}
"""
REGISTRY = Registry("http://registry")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "row.avsc").write_text(
        json.dumps({"type": "record", "name": "Row", "fields": [{"name": "id", "type": "string"}]})
    )
    (tmp_path / "wrong.avsc").write_text('{"type": "nothing"}')
    return tmp_path


def loaded(folder: Path, *heads: str, names: TopicNames = CONTRACT_NAMES, **options: object) -> TopicMappings:
    """Return the mappings of files that begin with these lines."""
    paths = [folder / f"{number}.yaml" for number, _ in enumerate(heads)]
    for path, head in zip(paths, heads, strict=True):
        path.write_text(head + RULES)
    return load_topic_mappings(paths, names, **options)  # type: ignore[arg-type]


def test_topics_of_mappings_are_told_apart_from_those_of_the_contract(folder: Path) -> None:
    names = TopicNames(prefix="kithward.")
    found = loaded(folder, "topics: [messages, bus]", "topics: [rows]", names=names, former=("old",))
    assert found.topics == ["mapped:bus", "mapped:messages", "mapped:rows"]
    assert [names.physical(topic) for topic in found.topics] == ["bus", "messages", "rows"]
    assert found.former == ("old",)


def test_values_are_json_or_avro_by_the_registry_or_by_a_schema(folder: Path) -> None:
    heads = ("topics: [a]", "topics: [b]\nvalues: avro", "topics: [c]\nvalues: avro\navro_schema: row.avsc")
    found = [type(file.values(REGISTRY)) for file in loaded(folder, *heads, registry=REGISTRY).files]
    assert found == [JsonValues, RegistryValues, AvroValues]


@pytest.mark.parametrize(
    ("heads", "place", "words"),
    [
        ([""], "0.yaml", "topics: missing; a mapping for the job names the topics that it is for"),
        (["topics: [relations]"], "0.yaml", "topics: relations is a topic of the contract, as relations"),
        (["topics: [a]", "topics: [b, a]"], "1.yaml", "topics: a is a topic of "),
        (["topics: [a, a]"], "0.yaml", 'topics[1]: "a" is given twice'),
        (["topics: [a b]"], "0.yaml", "topics[0]"),
        (["topics: [a]\nvalues: avro"], "0.yaml", "values: needs a schema registry (--registry), or avro_schema: FILE"),
        (["topics: [a]\navro_schema: row.avsc"], "0.yaml", "avro_schema: is only for values: avro"),
        (["topics: [a]\nvalues: avro\navro_schema: no.avsc"], "no.avsc", "no such file"),
        (["topics: [a]\nvalues: avro\navro_schema: wrong.avsc"], "wrong.avsc", "is no Avro schema in JSON"),
        (["topics: [a]\nvalues: avro\navro_schema: 0.yaml"], "0.yaml", "is no Avro schema in JSON"),
    ],
)
def test_what_cannot_be_used_is_refused(folder: Path, heads: list[str], place: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        loaded(folder, *heads)
    assert place in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("topic", ["a", "messages"])
def test_a_former_topic_is_none_that_is_read(folder: Path, topic: str) -> None:
    with pytest.raises(BadInput, match=f"--former-topic {topic}: is a topic of "):
        loaded(folder, "topics: [a]", former=(topic,))
