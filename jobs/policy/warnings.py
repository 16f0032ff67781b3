"""Warnings about a valid policy: what is probably not meant, or costs more than expected, with line and key."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from jobs.policy.errors import Fault, format_path
from jobs.policy.everyday import everyday_keywords
from jobs.policy.model import POLICY_FILE
from jobs.policy.validation import section_at
from operators.policy.durations import DAY, SECOND, describe_duration, format_duration
from operators.policy.keywords import LISTED_KEYWORDS
from operators.policy.model import SECTIONS
from schemas.records.enums import WarnChannel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs.policy.keywords import ListedKeyword
    from jobs.policy.yaml_document import Node, Path
    from operators.policy.model import Policy

_ACTIONS_SHOWN: Final = 3
_KEYWORDS_SHOWN: Final = 20  # warnings about keywords; the others are counted
_KEYWORDS: Final = ("friendship_age", "keywords")
_LONG: Final = 10 * SECOND
"""Keys with shorter defaults are left alone: there milliseconds are a sensible unit."""
_SHARE: Final = 1_000
"""A number this many times smaller than the default was probably meant in seconds."""
_DESTINATIONS: Final[Mapping[str, tuple[str, str]]] = {
    WarnChannel.NUMBER: (
        "alert_number",
        "NUMBER reaches only recipients who have set a number of their own: friendship_age.alert_number is not set",
    ),
    WarnChannel.PLATFORM: ("alert_platform", "PLATFORM reaches nobody: friendship_age.alert_platform is not set"),
}


def warnings_of(root: Node, policy: Policy, keywords: Sequence[ListedKeyword]) -> tuple[Fault, ...]:
    """Return the warnings about a valid policy in order of their lines. `keywords` are those that it lists itself."""
    found = chain(
        _identity(root, policy),
        _short_durations(root),
        _unreachable(root, policy),
        _replaced_keywords(root),
        _everyday(keywords),
        (Fault(key, _line(root, key), message) for key, message in _effects(policy)),
    )
    return tuple(sorted(found, key=lambda warning: warning.line or 0))


def _line(root: Node, key: str) -> int:
    return root.line_of(tuple(key.split(".")))


def _identity(root: Node, policy: Policy) -> Iterator[Fault]:
    if not root.value:
        yield Fault("", root.line, "the file has no keys: all defaults apply")
    elif root.at(("version",)) is None:
        yield Fault("version", root.line, f"is not given: decisions will say {policy.version}, as without a policy")


def _short_durations(root: Node) -> Iterator[Fault]:
    """Yield a warning for each key of a long duration whose number without a unit is next to nothing."""
    for path, node in root.walk():
        name = path[-1] if path else ""
        if not isinstance(name, str) or not name.endswith("_ms") or type(node.value) is not int:
            continue
        default = _default_ms(path)
        if default >= _LONG and 0 < node.value <= max(SECOND - 1, default // _SHARE):
            message = (
                f"{node.value} without a unit is {describe_duration(node.value)}: write {node.value}d if days are "
                f"meant, or {format_duration(node.value)}"
            )
            yield Fault(format_path(path), node.line, message)


def _default_ms(path: Path) -> int:
    """Return the default of a duration; one that must always be given counts as a day."""
    field = section_at(POLICY_FILE, path[:-1]).model_fields.get(str(path[-1]))
    default = None if field is None else field.default
    return default if isinstance(default, int) else DAY


def _unreachable(root: Node, policy: Policy) -> Iterator[Fault]:
    for path, node in root.walk():
        if path[-2:-1] != ("channels",) or not isinstance(node.value, str) or node.value not in _DESTINATIONS:
            continue
        setting, message = _DESTINATIONS[node.value]
        if getattr(policy.friendship_age, setting) is None:
            yield Fault(format_path(path), node.line, message)


def _replaced_keywords(root: Node) -> Iterator[Fault]:
    given = root.at(_KEYWORDS)
    if given is not None and isinstance(given.value, dict):
        given = given.child("only")
    if given is None or not isinstance(given.value, list):
        return
    texts = {entry.value if (text := entry.child("text")) is None else text.value for entry in given.value}
    lost = [keyword for keyword in LISTED_KEYWORDS if keyword not in texts]
    if lost:
        message = (
            f"replaces the defaults, and {len(lost)} of {len(LISTED_KEYWORDS)} are lost: "
            f"{', '.join(lost[:3])}{', ...' if len(lost) > 3 else ''}; to add keywords instead, "  # noqa: PLR2004
            "write keywords: {add: [...]}"
        )
        yield Fault(format_path(_KEYWORDS), given.line, message)


def _everyday(keywords: Sequence[ListedKeyword]) -> Iterator[Fault]:
    found = everyday_keywords([listed.keyword for listed in keywords])
    for everyday in islice(found, _KEYWORDS_SHOWN):
        listed = keywords[everyday.index]
        yield Fault(format_path(listed.place), listed.line, f"{listed.name} {everyday}")
    more = sum(1 for _ in found)
    if more:
        yield Fault(format_path(_KEYWORDS), None, f"{more:,} more keywords hit as many everyday messages")


def _effects(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield key and message of what has less effect, or costs more, than expected."""
    if policy.enforcement.log_only:
        names = [action.name for action in sorted(policy.enforcement.log_only)]
        more = f" and {len(names) - _ACTIONS_SHOWN} more" if len(names) > _ACTIONS_SHOWN else ""
        yield "enforcement.log_only", f"recorded and never commanded: {', '.join(names[:_ACTIONS_SHOWN])}{more}"
    for limit in policy.limits:
        if not limit.at_most:
            yield f"limits.{limit.action.name}.at_most", "is 0: decisions with this action are never carried out"
    if not any(section.enabled for section in policy.sections):
        yield "", "no section is enabled: this policy decides nothing"
    yield from _unfiltered_messages(policy)
    yield from _blind_detectors(policy)


def _unfiltered_messages(policy: Policy) -> Iterator[tuple[str, str]]:
    forest = policy.invite_forest
    if forest.enabled and (forest.condition.patterns or forest.condition.findings):
        yield "invite_forest.condition", "has patterns or findings: every group message is judged, which takes longer"
    for name, section in zip(SECTIONS, policy.sections, strict=True):
        if section.enabled and section.every_pair_message:
            yield name, "wants every one-to-one message, not only the suspicious ones, which takes longer"
        if section.enabled and section.every_group_message and section is not forest:
            yield name, "wants every group message, not only the suspicious ones, which takes longer"


def _blind_detectors(policy: Policy) -> Iterator[tuple[str, str]]:
    rules = policy.friendship_age
    if not rules.enabled:
        return
    if not rules.screen.detectors:
        yield "friendship_age.detectors", "is empty: no message is ever suspicious"
    if "keyword" in rules.screen.detectors and not rules.screen.keywords:
        yield "friendship_age.keywords", "no keywords: the detector keyword finds nothing"
    if "shopping_link" in rules.screen.detectors and not rules.screen.shopping_hosts:
        yield "friendship_age.shopping_hosts", "is empty: the detector shopping_link finds nothing"
    if "national_id" in rules.screen.detectors and not rules.screen.identity_countries:
        yield "friendship_age.identity_countries", "is empty: the detector national_id finds nothing"
