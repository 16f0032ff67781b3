"""Loading of policy files and published policy documents: to a `Policy`, or to all their faults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from jobs.errors import BadInput
from jobs.policy.errors import Fault, InvalidPolicy
from jobs.policy.keywords import KeywordFolder, KeywordLists
from jobs.policy.model import PolicyFile
from jobs.policy.section import freeze
from jobs.policy.section_models import GENERATED
from jobs.policy.validation import validate
from jobs.policy.warnings import warnings_of
from jobs.policy.yaml_document import MAX_BYTES, read
from operators.policy.action import Action
from operators.policy.model import DEFAULT_LIMITS, Limit, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.policy.model import ActionName, LimitSection

__all__ = [
    "CheckedPolicy",
    "Fault",
    "InvalidPolicy",
    "check",
    "default_policy",
    "embed_keyword_files",
    "load",
    "parse",
    "text_of",
    "with_version",
]


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """The policy of a file, what the file says with the defaults of all other keys, and the warnings about it."""

    policy: Policy
    file: PolicyFile
    warnings: tuple[Fault, ...]


def load(path: Path, *, outside: bool = False) -> Policy:
    """Return the policy of a file; keyword files are relative to it, and below its folder unless `outside` is allowed.

    Raise InvalidPolicy with all faults, also for a file that cannot be read.
    """
    return parse(text_of(path), base=KeywordFolder(path.parent, outside))


def check(path: Path, *, outside: bool = False) -> CheckedPolicy:
    """Return the policy of a file as `load` does, with the warnings about it."""
    root = read(text_of(path))
    lists = KeywordLists(root, KeywordFolder(path.parent, outside))
    policy = _policy(file := validate(root), lists)
    return CheckedPolicy(policy, file, (*lists.notes, *warnings_of(root, policy, lists.listed)))


def default_policy() -> CheckedPolicy:
    """Return the policy of a file without any key."""
    return CheckedPolicy(Policy(), validate(read("")), ())


def parse(document: str, *, base: KeywordFolder | None = None) -> Policy:
    """Return the policy of a YAML or JSON document; raise InvalidPolicy with all its faults.

    `base` is the folder of its keyword files. A document without one, as in an event, must not name keyword files.
    """
    root = read(document)
    return _policy(validate(root), KeywordLists(root, base))


def embed_keyword_files(path: Path, *, outside: bool = False) -> str:
    """Return a file's document in the form in which it can be published: valid, with the keywords of its files inside.

    Raise InvalidPolicy; BadInput if it is valid beside its files alone, as with more keywords than one list may have.
    """
    text = text_of(path)
    root = read(text)
    lists = KeywordLists(root, KeywordFolder(path.parent, outside))
    policy_file = validate(root)
    _policy(policy_file, lists)
    names = policy_file.friendship_age.keyword_files
    if not names:
        return text
    document = cast("dict[str, Any]", root.plain())
    section = document["friendship_age"]
    from_files = [keyword.text for keyword in lists.read_files(names)]
    own = section.get("keywords")
    changes = {"only": own} if isinstance(own, list) else own or {}
    section |= {"keywords": changes | {"add": [*changes.get("add", ()), *from_files]}, "keyword_files": []}
    contained = json.dumps(document, ensure_ascii=False, indent=1, default=str)  # decimals, as exact text
    try:
        parse(contained)
    except InvalidPolicy as invalid:
        raise BadInput(
            path, f"cannot be published with the keywords of its files inside: {_unquoted(invalid)}"
        ) from None
    return contained


def _unquoted(invalid: InvalidPolicy) -> str:
    """Return the first fault of a document with the keywords of files, none of which may be quoted."""
    is_of_a_keyword = invalid.key.endswith("]")
    return "one of them is the id of another keyword; ids must differ" if is_of_a_keyword else invalid.message


def with_version(path: Path, version: str, *, outside: bool = False) -> str:
    """Return a file's document as `embed_keyword_files` does, under another version."""
    document = cast("dict[str, Any]", read(embed_keyword_files(path, outside=outside)).plain())
    return json.dumps(document | {"version": version}, ensure_ascii=False, default=str)


def text_of(path: Path) -> str:
    """Return a file's text. Raise InvalidPolicy if it cannot be read, is too large or is not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidPolicy([Fault("", None, f"cannot be read: {error.strerror}")]) from error
    if len(data) > MAX_BYTES:
        raise InvalidPolicy([Fault("", None, f"{path} is larger than {MAX_BYTES} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidPolicy([Fault("", line, f"{path} must be UTF-8: byte {error.start} is not")]) from error


def _policy(model: PolicyFile, lists: KeywordLists) -> Policy:
    screen = lists.friendship_age(model.friendship_age)
    avatar, condition = model.avatar_impersonation, model.invite_forest.condition
    faces = lists.others(avatar.keywords, ("avatar_impersonation", "keywords"), screen)
    groups = lists.others(condition.keywords, ("invite_forest", "condition", "keywords"), screen, condition.links)
    if lists.faults:
        raise InvalidPolicy(lists.faults)
    generated: dict[str, Any] = {name: freeze(cls, getattr(model, name)) for name, cls in GENERATED.items()}
    return Policy(
        version=model.version,
        friendship_age=model.friendship_age.value(screen),
        strangers=model.strangers.value(),
        avatar_impersonation=avatar.value(faces),
        invite_forest=model.invite_forest.value(groups),
        event_group=model.event_group.value(),
        limits=_limits(model.limits),
        enforcement=model.enforcement.value(),
        **generated,
    )


def _limits(limits: Mapping[ActionName, LimitSection | None]) -> tuple[Limit, ...]:
    """Return the limits, those of the mildest action first; an action that is not named has its default."""
    found = {limit.action: limit for limit in DEFAULT_LIMITS if limit.action.name not in limits}
    for name, limit in limits.items():
        if limit is not None:
            found[Action[name]] = Limit(Action[name], limit.at_most, limit.per_ms, limit.scope)
    return tuple(found[action] for action in sorted(found))
