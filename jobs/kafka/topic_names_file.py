"""File of topic names: a YAML or JSON mapping from the contract's topics to their names on the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from jobs.errors import BadInput
from jobs.small_files import read_small_text
from schemas.topic_names import TopicNames

if TYPE_CHECKING:
    from pathlib import Path

_EXPECTED: Final = "expected a line for each topic with a name of its own, such as messages: eu.messages"


def load_topic_names(prefix: str, path: Path | None) -> TopicNames:
    """Return the names of a file, all others with the prefix. Raise BadInput for an invalid file or name."""
    own = {} if path is None else _read(path)
    try:
        return TopicNames(prefix, own)
    except ValueError as fault:
        raise BadInput(f"--topic-prefix {prefix}" if path is None else path, str(fault)) from fault


def _read(path: Path) -> dict[str, str]:
    root = _parse(path)
    if not isinstance(root, yaml.MappingNode):
        raise BadInput(path, _EXPECTED)
    names: dict[str, str] = {}
    for topic, name in root.value:
        place = f"{path}:{topic.start_mark.line + 1}"
        if not isinstance(topic, yaml.ScalarNode) or not isinstance(name, yaml.ScalarNode):
            raise BadInput(place, _EXPECTED)
        if topic.value in names:
            raise BadInput(place, f"{topic.value} is given twice")
        names[topic.value] = name.value
    return names


def _parse(path: Path) -> yaml.Node | None:
    """Return the file's syntax tree: it is not expanded, so aliases cost nothing."""
    text = read_small_text(path)
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as fault:
        line = getattr(getattr(fault, "problem_mark", None), "line", 0) + 1
        raise BadInput(f"{path}:{line}", "is not YAML or JSON") from fault
