"""Physical topic names: what the contract's topics are called on one broker."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.topics import TOPICS

MAPPED: Final = "mapped:"
"""What the topics of mappings begin with wherever topics of the contract are named, too. No topic has a colon."""

_LEGAL: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names of topics: own names as they are, all others with a prefix. Raises ValueError for an impossible name.

    Everything but Kafka's clients uses the contract's names, so that only they translate.
    """

    prefix: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(self.own.keys() - TOPICS.keys())
        if unknown:
            message = f"{unknown[0]}: is not a topic; the topics are {', '.join(TOPICS)}"
            raise ValueError(message)
        names = {topic: self.physical(topic) for topic in TOPICS}
        for topic, name in names.items():
            if not _LEGAL.fullmatch(name) or name in {".", ".."}:
                message = f"{topic}: a topic's name has up to 249 letters, digits and . _ -, not {name[:300]!r}"
                raise ValueError(message)
        name, count = Counter(names.values()).most_common(1)[0]
        if count > 1:
            message = f"{' and '.join(topic for topic in TOPICS if names[topic] == name)} have the same name {name}"
            raise ValueError(message)

    def physical(self, topic: str) -> str:
        """Return the name on the broker of a topic of the contract, or of a mapping."""
        if topic.startswith(MAPPED):
            return topic.removeprefix(MAPPED)
        return self.own.get(topic, self.prefix + topic)

    def contract(self, name: str) -> str | None:
        """Return the contract's topic that has a name on the broker, None if it has none."""
        return next((topic for topic in TOPICS if self.physical(topic) == name), None)


CONTRACT_NAMES: Final = TopicNames()
"""The names of the contract: neither a prefix nor own names."""
