"""Mapping files of topics: checked where the job is submitted, sent to its workers as text, and compiled there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput, bad_path
from jobs.mapping.file import load_mapping, parse_mapping
from jobs.mapping.values import AvroValues, JsonValues, RegistryValues
from jobs.policy.file import text_of
from schemas.malformed import Malformed
from schemas.topic_names import MAPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from jobs.mapping.mapping import EventMapping
    from jobs.mapping.values import Values
    from schemas.registry import Registry
    from schemas.topic_names import TopicNames

_SCHEMA_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class TopicMapping:
    """A mapping file of topics. `schema` is that of Avro values without a registry, as JSON."""

    text: str
    topics: tuple[str, ...]
    is_avro: bool
    schema: str | None = None

    def mapping(self) -> EventMapping:
        """Return the compiled mapping."""
        return parse_mapping(self.text)

    def values(self, registry: Registry | None) -> Values:
        """Return the decoder of the topics' values. Raise ValueError where it needs a registry and there is none."""
        if not self.is_avro:
            return JsonValues()
        if self.schema is not None:
            return AvroValues(json.loads(self.schema))
        if registry is None:
            raise ValueError("needs a schema registry (--registry), or avro_schema: FILE")
        return RegistryValues(registry)


@dataclass(frozen=True, slots=True)
class TopicMappings:
    """The mappings of a job, with the registry of its Avro values, if it has one.

    `former` are topics of which a savepoint may have positions, and which no mapping names any more.
    """

    files: tuple[TopicMapping, ...] = ()
    registry: Registry | None = None
    former: tuple[str, ...] = ()

    @property
    def topics(self) -> list[str]:
        """The topics, as they are named beside those of the contract."""
        return sorted(f"{MAPPED}{topic}" for file in self.files for topic in file.topics)


NO_MAPPINGS: Final = TopicMappings()


def load_topic_mappings(
    paths: Iterable[Path], names: TopicNames, registry: Registry | None = None, former: Sequence[str] = ()
) -> TopicMappings:
    """Return the mappings of files. Raise BadInput for an invalid one, and for topics that are read twice."""
    found: dict[str, str] = {}
    files = []
    for path in paths:
        file = _load(path)
        for topic in file.topics:
            contract = names.contract(topic)
            other = found.get(topic) if contract is None else f"the contract, as {contract}"
            if other is not None:
                raise BadInput(path, f"topics: {topic} is a topic of {other}")
            found[topic] = str(path)
        try:
            file.values(registry)
        except ValueError as fault:
            raise BadInput(path, f"values: {fault}") from fault
        files.append(file)
    for topic in former:
        if topic in found or names.contract(topic) is not None:
            raise BadInput(f"--former-topic {topic}", f"is a topic of {found.get(topic, 'the contract')}")
    return TopicMappings(tuple(files), registry, tuple(former))


def _load(path: Path) -> TopicMapping:
    mapping = load_mapping(path)
    if not mapping.topics:
        raise BadInput(path, "topics: missing; a mapping for the job names the topics that it is for")
    return TopicMapping(text_of(path), mapping.topics, mapping.is_avro, load_schema(path, mapping))


def load_schema(mapping_file: Path, mapping: EventMapping) -> str | None:
    """Return the text of the Avro schema that a mapping names, None if it names none.

    Raise BadInput for a file that is not the schema of anything.
    """
    if mapping.avro_schema is None:
        return None
    path = mapping_file.parent / mapping.avro_schema
    try:
        with path.open("rb") as file:
            text = file.read(_SCHEMA_BYTES + 1).decode()
        AvroValues(json.loads(text))
    except OSError as fault:
        raise bad_path(path, fault) from fault
    except (ValueError, RecursionError, Malformed) as fault:
        raise BadInput(path, "is no Avro schema in JSON") from fault
    return text
