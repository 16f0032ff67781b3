"""Check of the topics that a job is about to use, by what the broker tells about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code

from jobs.errors import BadInput
from jobs.kafka.topic_admin import TopicsError, open_admin
from jobs.kafka.topic_requirements import SETTINGS, TopicFindings, TopicState, examine, runs_ahead
from schemas.topics import MAX_AHEAD_MS, TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kafka import KafkaAdminClient

    from jobs.kafka.client_config import Brokers


def check_topics(brokers: Brokers) -> TopicFindings:
    """Return what is wrong with the topics. Raise BadInput where no broker answers."""
    names = {topic: brokers.topics.physical(topic) for topic in TOPICS}
    try:
        with open_admin(brokers) as admin:
            partitions = _partitions(admin, list(names.values()))
            settings = _settings(admin, list(partitions))
    except TopicsError as fault:
        raise BadInput("topics", str(fault)) from fault
    states = {
        topic: TopicState(partitions[name], settings.get(name, {})) if name in partitions else None
        for topic, name in names.items()
    }
    return examine(states, brokers.topics)


def require_topics(brokers: Brokers, report: Callable[[str], None] | None = None) -> None:
    """Raise BadInput if the topics would stop the job or falsify its decisions.

    `report` gets a line for every warning and fault; without it the error itself names every fault.
    """
    found = check_topics(brokers)
    if report is None:
        if found.faults:
            raise BadInput("topics", "; ".join(found.faults))
        return
    for line in (*(f"warning: {warning}" for warning in found.warnings), *found.faults):
        report(line)
    if found.faults:
        raise BadInput("topics", f"{len(found.faults)} of the job's requirements are not met, as listed above")


def require_existing(brokers: Brokers, topics: Iterable[str]) -> None:
    """Raise BadInput if one of some topics does not exist, or no broker answers."""
    names = [brokers.topics.physical(topic) for topic in topics]
    try:
        with open_admin(brokers) as admin:
            found = _partitions(admin, names)
    except TopicsError as fault:
        raise BadInput("topics", str(fault)) from fault
    for name in names:
        if name not in found:
            raise BadInput(brokers, f"there is no topic {name}; create it with: kithward topics create")


def require_mapped(brokers: Brokers, topics: Sequence[str], report: Callable[[str], None] | None = None) -> None:
    """Raise BadInput if a topic of a mapping does not exist. `report` gets a warning for what would falsify times."""
    names = [brokers.topics.physical(topic) for topic in topics]
    try:
        with open_admin(brokers) as admin:
            missing = sorted(set(names) - _partitions(admin, names).keys()) if names else []
            settings = _settings(admin, [] if missing else names)
    except TopicsError as fault:
        raise BadInput("topics", str(fault)) from fault
    if missing:
        raise BadInput(brokers, f"there is no topic {', '.join(missing)}, which a mapping names")
    for name, found in settings.items():
        if report is not None and runs_ahead(found):
            report(f"warning: {name}: message.timestamp.after.max.ms should be at most {MAX_AHEAD_MS}, as for inputs")


def _partitions(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """Return the number of partitions of each topic that exists. Raise TopicsError where the broker does not tell."""
    found = {}
    for topic in admin.describe_topics(list(names)):
        fault = for_code(topic["error_code"])
        if fault is UnknownTopicOrPartitionError:
            continue
        if topic["error_code"]:
            message = f"the broker does not describe {topic['name']}: {fault.__name__}"
            raise TopicsError(message)
        found[topic["name"]] = len(topic["partitions"])
    return found


def _settings(admin: KafkaAdminClient, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the settings of each topic; none of one whose settings the client may not read."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, sorted(SETTINGS)) for name in names]
    try:
        described = admin.describe_configs(resources, config_filter="all").get("topic", {}) if resources else {}
    except KafkaError:
        return {}
    return {
        name: {setting: entry["value"] for setting, entry in settings.items() if entry["value"] is not None}
        for name, settings in described.items()
    }
