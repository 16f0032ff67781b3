"""JSON Schema of policy files, for editors: each key with a title in words, its meaning, and an example."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from jobs.policy.model import POLICY_FILE
from jobs.policy.section import SUFFIX
from operators.policy.durations import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLES: Final[Mapping[str, object]] = {
    "version": "spring-2026",
    "bands": [{"from": 0, "to": "1d", "do": ["BLOCK"]}, {"from": "1d", "to": None, "do": ["WARN"]}],
    "from_ms": "1d",
    "to_ms": "30d",
    "do": ["EXIT_SESSION", "WARN"],
    "within_ms": "1d",
    "after_ms": "2h",
    "per_ms": "1h",
    "at_most": 100,
    "keyword_files": ["keywords/spring.txt"],
    "alert_number": "112",
    "alert_platform": "fraud-desk",
    "default_hashes": ["ffd8e0c0b0a09080"],
    "not_common": ["ffd8e0c0b0a09080"],
    "patterns": ["(?i)double your (money|coins)"],
    "links": ["shop.example"],
    "reports_confirm": 2,
    "reports_suffice": 5,
    "trusted_reporters": ["classifier-1"],
    "mass_share_limit": 0.1,
    "review_up_to": 0.9,
    "widen": [{"after": "2h", "radius_m": 5_000}],
    "radius_m": 5_000,
    "audit_kinds_exempt": ["lost-child"],
    "emergency_kinds": ["accident"],
    "concern_follow_age_min_ms": "1h",
    "concern_follow_age_max_ms": "30d",
    "log_only": ["BLOCK"],
    "text": "gift card",
    "id": "gift-card",
    "anywhere": False,
    "language": "en",
    "only": ["gift card"],
    "add": ["gift card", {"text": "new number + pay / lend", "language": "en"}],
    "drop": ["verification code"],
    "keywords": {"add": ["gift card"], "drop": ["payment"]},
    "limits": {"BLOCK": {"at_most": 100, "per": "1h"}},
}
"""Examples of keys whose default shows nothing, or that have none."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of policy files."""
    document = POLICY_FILE.model_json_schema()
    for node in (document, *document["$defs"].values()):
        node["title"] = _words(node.get("title", "").removesuffix("Section").removesuffix("Options"))
        for form in (node, *node.get("anyOf", ())):
            for name, key in form.get("properties", {}).items():
                _explain(name, key, form["properties"])
    return document


def _explain(name: str, key: dict[str, Any], keys: Mapping[str, dict[str, Any]]) -> None:
    """Give a key its title and, where one can be told, an example; a fraction is a number in JSON."""
    if key.get("type") == "number" and isinstance(key.get("default"), str):
        key["default"] = float(Fraction(key["default"]))
    key["title"] = _words(name.removesuffix(SUFFIX))
    suffixed = name if name in EXAMPLES or name + SUFFIX not in keys or "default" in key else name + SUFFIX
    for example in _examples(suffixed, keys[suffixed]):
        key["examples"] = [example]


def _examples(name: str, key: Mapping[str, Any]) -> Iterator[object]:
    default = key.get("default")
    if name in EXAMPLES:
        yield EXAMPLES[name]
    elif name.endswith(SUFFIX) and isinstance(default, int):
        yield format_duration(default) if default else default
    elif default not in (None, {}, [], ()):
        yield default


def _words(name: str) -> str:
    """Return a name as words: `FriendshipAge`, `friendship_age` and `FRIENDSHIP_AGE` are `Friendship age`."""
    spaced = name if name.isupper() else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return spaced.replace("_", " ").capitalize()
