"""Why was something decided? A decision's evidence as a tree that a person can read. Key: none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text
from rich.tree import Tree

from jobs.explain.incident_wording import consent_in_evidence, prompt_in_evidence
from jobs.explain.likeness_wording import avatar_shown, one_line, pictures_compared, profiles_compared
from jobs.explain.wording import command_of, printable, reason_of, time_of, what_happened
from operators.policy.durations import describe_duration

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
"""What a field in milliseconds means beyond this is a point in time (1973 on), below it a duration (three years)."""
_DURATIONS: Final = ("age_ms", "_for_ms", "_within_ms", "_timeout_ms", "_memory_ms", "length_ms")
"""Endings of names that mean a duration, however long."""
_OTHERS: Final = {"event-group": "and", "identification": "may be meant"}
"""What the other account is to the decision, where it is not the one that is protected."""
_NOT_TAKEN: Final = "actions that were not taken, since it was decided in the shadow"
_ORDER: Final = (
    "spans",
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
    "attached_count": "how many",
    "opened_by": "opened by the suspicious message",
    "lookalike": "looks like",
    "candidates": "how many look alike",
    "compared": "friends compared",
    "not_comparable": "friends of unknown profile",
}


def explained(decision: Decision, commands: Iterable[Record] = (), *, in_shadow: bool = False) -> Tree:
    """Return the tree of a decision and its commands. In the shadow a decision has none."""
    tree = Tree(Text(what_happened(decision), "bold"), guide_style="dim")
    _facts(tree, decision)
    evidence = _evidence(decision)
    for name in sorted(evidence, key=_place):
        if name != "policy_version":
            _show(tree, name, evidence[name])
    asked = [f"{type(command).__name__}: {command_of(command)}" for command in commands]
    if asked:
        _branch(tree, "what the platform was asked to do", asked)
    elif decision.actions:
        _branch(tree, _NOT_TAKEN if in_shadow else "actions", decision.actions)
    return tree


def _show(tree: Tree, name: str, value: Any) -> None:  # noqa: ANN401 - anything may stand in JSON
    branch = Tree("")
    try:
        _SHOWN.get(name, _other)(branch, name, value)
    except (AttributeError, KeyError, TypeError):
        # Somebody else wrote it, in a form that ours never has.
        _leaf(tree, name, json.dumps(value, ensure_ascii=False))
    else:
        tree.children.extend(branch.children)


def _facts(tree: Tree, decision: Decision) -> None:
    facts = {
        "decision": f"{decision.rule}: {decision.outcome}",
        "when": time_of(decision.at_ms),
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
            _leaf(tree, name, value)
    if decision.reasons:
        _branch(tree, "why", [_reason(reason) for reason in decision.reasons])


def _reason(reason: str) -> str:
    words = reason_of(reason)
    return words if words == reason else f"{printable(reason)}: {words}"


def _evidence(decision: Decision) -> Mapping[str, Any]:
    try:
        evidence = json.loads(decision.evidence)
    except ValueError:
        return {"evidence": "cannot be read"}
    return evidence if isinstance(evidence, dict) else {"evidence": evidence}


def _place(name: str) -> tuple[int, str]:
    known = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return known + (name == "conditions"), name


def _leaf(tree: Tree, name: str, value: str) -> None:
    tree.add(Text.assemble((f"{name}: ", "cyan"), printable(value)))


def _branch(tree: Tree, name: str, leaves: Iterable[str]) -> None:
    branch = tree.add(Text(name, "cyan"))
    for leaf in leaves:
        branch.add(Text(printable(leaf)))


def _conditions(tree: Tree, _: str, conditions: Any) -> None:  # noqa: ANN401
    branch = tree.add(Text("conditions ([x] held, [ ] did not)", "cyan"))
    for condition in conditions:
        held = condition.get("result") is True
        branch.add(Text.assemble(("[x] ", "green") if held else "[ ] ", printable(_condition(condition))))


def _condition(condition: Mapping[str, Any]) -> str:
    name, operator = str(condition.get("name", "?")), str(condition.get("operator", "?"))
    expected, actual = condition.get("expected"), condition.get("actual")
    if expected is True and isinstance(actual, bool):
        return _worded(name)
    wanted = f"{_OPERATORS.get(operator, operator)} {_value(name, expected)}"
    return f"{_worded(name)} {wanted}: it was {_value(name, actual)}"


def _spans(tree: Tree, _: str, spans: Any) -> None:  # noqa: ANN401
    _branch(tree, "found in the message (places only: the text itself is never kept)", map(_span, spans))


def _span(span: Mapping[str, Any]) -> str:
    keyword = f' "{span["keyword"]}"' if span.get("keyword") else ""
    start, end = span.get("start", 0), span.get("end", 0)
    return f"{span.get('detector')}{keyword}: characters {start + 1} to {end} (offsets {start}-{end})"


def _friendship(tree: Tree, _: str, friendship: Any) -> None:  # noqa: ANN401
    since, age = friendship.get("since_ms"), friendship.get("age_ms")
    lines = ["friends since an unknown time" if since is None else f"friends since {time_of(since)}"]
    if age is not None:
        lines.append(f"{describe_duration(age)} at the time of the message ({age:,} ms)")
    lines += [f"{_worded(name)}: {_value(name, friendship[name])}" for name in friendship if name not in _FRIENDSHIP]
    _branch(tree, "friendship", lines)


def _preview(tree: Tree, _: str, preview: Any) -> None:  # noqa: ANN401
    lines = [
        f"{preview['associated']} members tied to the offender could be sanctioned, {preview['share']} of the group",
        *(f"{count} at distance {distance}" for distance, count in preview["by_distance"].items()),
        *(f"{count} would get {action}" for action, count in preview["by_action"].items()),
        f"{preview['spared']} owners and administrators spared",
        f"{preview['tombstones']} stays that have ended lie on the ways between them",
    ]
    if preview["provisional"]:
        lines.append("how the tree's first member came in is not known")
    if inviter := preview.get("inviter"):
        lines.append(
            f"{inviter['account_id']} let in {inviter['let_in']}, offenders among them: {inviter['offenders']}"
        )
    _branch(tree, "what it would do, before anything was done", lines)


def _associated(tree: Tree, _: str, members: Any) -> None:  # noqa: ANN401
    lines = [_member(member) for member in members[:_MEMBERS_SHOWN]]
    more = len(members) - len(lines)
    _branch(tree, "members tied to the offender", [*lines, *([f"and {more} more"] if more else [])])


def _member(member: Mapping[str, Any]) -> str:
    ways = [account or "(erased)" for account in member.get("path", ())]
    way = f", by way of {' - '.join(ways)}" if ways else ""
    actions = ", ".join(member["actions"]) or "nothing more"
    return f"{member['account_id']} at distance {member['distance']}{way}: {actions}"


def _other(tree: Tree, name: str, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, dict):
        branch = tree.add(Text(_worded(name), "cyan"))
        for below, inner in value.items():
            _other(branch, below, inner)
    elif isinstance(value, list):
        _branch(tree, _worded(name), (_value(name, item) for item in value))
    else:
        _leaf(tree, _worded(name), _value(name, value))


def _worded(name: str) -> str:
    return _LABELS.get(name) or printable(name.removesuffix("_ms").replace("_", " "))


def _value(name: str, value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    if name.endswith("_ms") and isinstance(value, int):
        return describe_duration(value) if _is_duration(name, value) else time_of(value)
    if isinstance(value, list):
        return ", ".join(_value(name, item) for item in value) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_duration(name: str, value: int) -> bool:
    return value < _TIMES_BEGIN_MS or name.endswith(_DURATIONS)


_MEMBERS_SHOWN: Final = 50
_FRIENDSHIP: Final = {"since_ms", "age_ms", "known"}
_SHOWN: Final[Mapping[str, Callable[[Tree, str, Any], None]]] = {
    "conditions": _conditions,
    "spans": _spans,
    "friendship": _friendship,
    "preview": _preview,
    "associated": _associated,
    "hash": lambda tree, _, value: _branch(tree, "the two pictures", pictures_compared(value)),
    "sender_avatar": lambda tree, _, value: _branch(tree, "the sender's avatar", avatar_shown(value)),
    "lookalike_avatar": lambda tree, _, value: _branch(tree, "the other avatar", avatar_shown(value)),
    "best": lambda tree, _, value: _branch(tree, "the most similar friend", profiles_compared(value)),
    "asked": lambda tree, _, value: _branch(tree, "friends who were asked", map(one_line, value)),
    "prompts": lambda tree, _, value: _branch(tree, "who is asked to join", map(prompt_in_evidence, value)),
    "consents": lambda tree, _, value: _branch(tree, "agreements it rests on", map(consent_in_evidence, value)),
    "reason": lambda tree, _, value: _leaf(tree, "reason", _reason(value)),
}
