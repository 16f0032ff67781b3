"""Topics' names on the broker in the subjects of a schema registry."""

from collections.abc import Mapping
from typing import Any

from schemas.confluent import ConfluentFraming
from schemas.registry import Registry
from schemas.topic_names import TopicNames
from schemas.topics import OUTPUTS


class Subjects(Registry):
    """A registry that notes the subjects."""

    def __init__(self) -> None:
        super().__init__("http://nowhere")
        self.asked: list[str] = []

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:  # noqa: ARG002
        self.asked.append(subject)
        return len(self.asked)


def test_the_subject_has_the_topics_name_on_the_broker() -> None:
    registry = Subjects()
    ConfluentFraming(registry, names=TopicNames("eu.", {"commands": "orders"})).register(OUTPUTS)
    topics = {subject.rpartition("-kithward.")[0] for subject in registry.asked}
    assert topics == {"eu.decisions", "eu.shadow-decisions", "orders", "eu.risk-windows"}
