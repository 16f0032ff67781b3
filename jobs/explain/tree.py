"""The evidence of a decision as a tree of text for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text
from rich.tree import Tree

from jobs.explain.incident_wording import consent_line, prompt_line
from jobs.explain.likeness_wording import avatar_lines, picture_lines, profile_line, profile_lines
from jobs.explain.wording import describe_command, describe_decision, describe_reason, format_time
from jobs.printable import printable
from jobs.replay.evidence import OTHER_FORM
from operators.policy.durations import describe_duration, describe_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemas.records import Decision, Record

_OPERATORS: Final = {
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
    "==": "equal to",
    "=": "equal to",
    "!=": "other than",
    "in": "one of",
}
_TIMES_BEGIN_MS: Final = 100_000_000_000
"""A field in milliseconds above this is a point in time (1973 on), below it a duration (up to three years)."""
_DURATIONS: Final = ("age_ms", "_for_ms", "_within_ms", "_timeout_ms", "_memory_ms", "length_ms")
"""Suffixes of names that are durations, however long."""
_DURATIONS_SINCE: Final = ("since_earlier_", "since_finding_", "since_removal_")
"""Beginnings of such names; `since_ms` is a point in time."""
_OTHERS: Final = {"event-group": "and", "identification": "may be meant"}
"""Label of the other account, by rule, where it is not the protected one."""
_NOT_COMMANDED: Final = "actions that were not taken, since it was decided in the shadow"
_ORDER: Final = (
    "spans",
    "conversation",
    "opened_by",
    "preview",
    "associated",
    "friendship",
    "verification",
    "answer",
    "attached",
    "attached_count",
    "lookalike",
    "hash",
    "sender_avatar",
    "lookalike_avatar",
    "best",
    "asked",
    "answers",
    "reason",
    "prompts",
    "consents",
)
_LABELS: Final = {
    "answer": "answered by event",
    "attached": "events that it covers",
    "attached_count": "number of events",
    "opened_by": "opened by the suspicious message",
    "lookalike": "looks like",
    "candidates": "number of lookalikes",
    "compared": "friends compared",
    "not_comparable": "friends of unknown profile",
}


def decision_tree(decision: Decision, commands: Iterable[Record] = (), *, in_shadow: bool = False) -> Tree:
    """Return the tree of a decision and its commands. A decision in the shadow has none."""
    tree = Tree(Text(describe_decision(decision), "bold"), guide_style="dim")
    _add_facts(tree, decision)
    evidence = _evidence(decision)
    for name in sorted(evidence, key=_sort_key):
        if name != "policy_version":
            _add_field(tree, name, evidence[name])
    asked = [f"{type(command).__name__}: {describe_command(command)}" for command in commands]
    if asked:
        _add_branch(tree, "what the platform was asked to do", asked)
    elif decision.actions:
        _add_branch(tree, _NOT_COMMANDED if in_shadow else "actions", decision.actions)
    return tree


def _add_field(tree: Tree, name: str, value: Any) -> None:  # noqa: ANN401 - JSON of any form
    branch = Tree("")
    try:
        _ADD.get(name, _add_other)(branch, name, value)
    except OTHER_FORM:
        _add_leaf(tree, name, json.dumps(value, ensure_ascii=False))
    else:
        tree.children.extend(branch.children)


def _add_facts(tree: Tree, decision: Decision) -> None:
    facts = {
        "decision": f"{decision.rule}: {decision.outcome}",
        "when": format_time(decision.at_ms),
        "about": decision.subject_id,
        _OTHERS.get(decision.rule, "protects"): decision.other_id,
        "group": decision.group_id,
        "incident": decision.incident_id,
        "policy": decision.policy_version,
        "caused by event": decision.cause_event_id,
        "decision id": decision.decision_id,
    }
    for name, value in facts.items():
        if value is not None:
            _add_leaf(tree, name, value)
    if decision.reasons:
        _add_branch(tree, "why", [_reason_line(reason) for reason in decision.reasons])


def _reason_line(reason: str) -> str:
    words = describe_reason(reason)
    return words if words == reason else f"{printable(reason)}: {words}"


def _evidence(decision: Decision) -> Mapping[str, Any]:
    try:
        evidence = json.loads(decision.evidence)
    except ValueError:
        return {"evidence": "cannot be read"}
    return evidence if isinstance(evidence, dict) else {"evidence": evidence}


def _sort_key(name: str) -> tuple[int, str]:
    known = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return known + (name == "conditions"), name


def _add_leaf(tree: Tree, name: str, value: str) -> None:
    tree.add(Text.assemble((f"{name}: ", "cyan"), printable(value)))


def _add_branch(tree: Tree, name: str, leaves: Iterable[str]) -> None:
    branch = tree.add(Text(name, "cyan"))
    for leaf in leaves:
        branch.add(Text(printable(leaf)))


def _add_conditions(tree: Tree, _: str, conditions: Any) -> None:  # noqa: ANN401
    branch = tree.add(Text("conditions ([x] held, [ ] did not)", "cyan"))
    for condition in conditions:
        held = condition.get("result") is True
        branch.add(Text.assemble(("[x] ", "green") if held else "[ ] ", printable(_condition_line(condition))))


def _condition_line(condition: Mapping[str, Any]) -> str:
    name, operator = str(condition.get("name", "?")), str(condition.get("operator", "?"))
    expected, actual = condition.get("expected"), condition.get("actual")
    if expected is True and isinstance(actual, bool):
        return _label(name)
    wanted = f"{_OPERATORS.get(operator, operator)} {_value(name, expected)}"
    return f"{_label(name)} {wanted}: it was {_value(name, actual)}"


def _add_spans(tree: Tree, _: str, spans: Any) -> None:  # noqa: ANN401
    _add_branch(tree, "found in the message (places only: the text itself is never kept)", map(_span_line, spans))


def _span_line(span: Mapping[str, Any]) -> str:
    keyword = f' "{span["keyword"]}"' if span.get("keyword") else ""
    start, end = span.get("start", 0), span.get("end", 0)
    return f"{span.get('detector')}{keyword}: characters {start + 1} to {end} (offsets {start}-{end})"


def _add_conversation(tree: Tree, _: str, messages: Any) -> None:  # noqa: ANN401
    lines = [f"{format_time(each['at_ms'])}: event {each['event_id']}, {each['points']:,} points" for each in messages]
    _add_branch(tree, "the messages that are suspicious together", lines)


def _add_friendship(tree: Tree, _: str, friendship: Any) -> None:  # noqa: ANN401
    since, age = friendship.get("since_ms"), friendship.get("age_ms")
    lines = ["friends since an unknown time" if since is None else f"friends since {format_time(since)}"]
    if age is not None:
        lines.append(f"{describe_duration(age)} at the time of the message")
    lines += [f"{_label(name)}: {_value(name, friendship[name])}" for name in friendship if name not in _FRIENDSHIP]
    _add_branch(tree, "friendship", lines)


def _add_preview(tree: Tree, _: str, preview: Any) -> None:  # noqa: ANN401
    lines = [
        f"{preview['associated']} members tied to the offender could be sanctioned, {preview['share']} of the group",
        *(f"{count} at distance {distance}" for distance, count in preview["by_distance"].items()),
        *(f"{count} would get {action}" for action, count in preview["by_action"].items()),
        f"{preview['spared']} owners and administrators spared",
        f"{preview.get('weakly_tied', 0)} spared who let others in by a link or by approval only",
        f"{preview['tombstones']} ended stays are on the paths between them",
    ]
    if preview["provisional"]:
        lines.append("how the tree's first member came in is not known")
    if inviter := preview.get("inviter"):
        lines.append(
            f"{inviter['account_id']} let in {inviter['let_in']}, offenders among them: {inviter['offenders']}"
        )
    _add_branch(tree, "preview, before any action", lines)


def _add_associated(tree: Tree, _: str, members: Any) -> None:  # noqa: ANN401
    lines = [_member_line(member) for member in members[:_MEMBERS_SHOWN]]
    more = len(members) - len(lines)
    _add_branch(tree, "members tied to the offender", [*lines, *([f"and {more} more"] if more else [])])


def _member_line(member: Mapping[str, Any]) -> str:
    by_link = member.get("by_link", ())
    ways = [
        (account or "(erased)") + (" (by link or approval)" if place in by_link else "")
        for place, account in enumerate(member.get("path", ()))
    ]
    way = f", by way of {' - '.join(ways)}" if ways else ""
    actions = ", ".join(member["actions"]) or "nothing more"
    return f"{member['account_id']} at distance {member['distance']}{way}: {actions}"


def _add_other(tree: Tree, name: str, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, dict):
        branch = tree.add(Text(_label(name), "cyan"))
        for below, inner in value.items():
            _add_other(branch, below, inner)
    elif isinstance(value, list):
        _add_branch(tree, _label(name), (_value(name, item) for item in value))
    else:
        _add_leaf(tree, _label(name), _value(name, value))


def _label(name: str) -> str:
    return _LABELS.get(name) or printable(name.removesuffix("_ms").replace("_", " "))


def _value(name: str, value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    if name.endswith("_ms") and isinstance(value, int):
        return describe_duration(value) if _is_duration(name, value) else format_time(value)
    if name == "band" and isinstance(value, str):
        return describe_interval(value)
    if isinstance(value, list):
        return ", ".join(_value(name, item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{_label(below)} {_value(below, inner)}" for below, inner in value.items()) or "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_duration(name: str, value: int) -> bool:
    return value < _TIMES_BEGIN_MS or name.endswith(_DURATIONS) or name.startswith(_DURATIONS_SINCE)


_MEMBERS_SHOWN: Final = 50
_FRIENDSHIP: Final = {"since_ms", "age_ms", "known"}
_ADD: Final[Mapping[str, Callable[[Tree, str, Any], None]]] = {
    "conditions": _add_conditions,
    "spans": _add_spans,
    "conversation": _add_conversation,
    "friendship": _add_friendship,
    "preview": _add_preview,
    "associated": _add_associated,
    "hash": lambda tree, _, value: _add_branch(tree, "the two pictures", picture_lines(value)),
    "sender_avatar": lambda tree, _, value: _add_branch(tree, "the sender's avatar", avatar_lines(value)),
    "lookalike_avatar": lambda tree, _, value: _add_branch(tree, "the other avatar", avatar_lines(value)),
    "best": lambda tree, _, value: _add_branch(tree, "the most similar friend", profile_lines(value)),
    "asked": lambda tree, _, value: _add_branch(tree, "friends who were asked", map(profile_line, value)),
    "prompts": lambda tree, _, value: _add_branch(tree, "who is asked to join", map(prompt_line, value)),
    "consents": lambda tree, _, value: _add_branch(tree, "consents it rests on", map(consent_line, value)),
    "reason": lambda tree, _, value: _add_leaf(tree, "reason", _reason_line(value)),
}
