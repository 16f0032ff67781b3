"""Log of published policies: each `PolicyPublished` is validated and added once, in its order (C-19, C-20)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from jobs.errors import BadInput
from jobs.policy.file import InvalidPolicy, embed_keyword_files, parse
from operators.ids import identify
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook, PublishedPolicy
from schemas.malformed import Malformed, Reason
from schemas.records import PolicyMode, PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_UNNAMED = Policy().version
_SHOWN: Final = 20
"""Faults of a document that a dead letter lists; the rest is counted."""
_PARSED: Final = WeakValueDictionary[tuple[str, bytes], Policy]()
"""The policies that some log has, by version and hash of the document."""


class PolicyLog:
    """The valid published policies; `book` returns the one in force at a time."""

    def __init__(self, first: Policy) -> None:
        self.book = PolicyBook(first)
        self._known = {first.version: first}
        self._event_ids: set[str] = set()

    def add(self, published: PolicyPublished) -> None:
        """Add a policy; a repeated event does nothing.

        Raise Malformed for an invalid policy, or for a version that was added with other content.
        """
        policy = _read(published)
        known = self._known.setdefault(policy.version, policy)
        if known != policy:
            raise Malformed(Reason.INVALID_POLICY, f"version {policy.version} was published before with other content")
        if published.event_id in self._event_ids:
            return
        self._event_ids.add(published.event_id)
        effective_ms = max(published.effective_at_ms, published.at_ms)
        add = self.book.add if published.mode is PolicyMode.LIVE else self.book.add_shadow
        add(PublishedPolicy(effective_ms, published.at_ms, published.event_id, policy))

    def add_valid(self, published: Iterable[PolicyPublished]) -> None:
        """Add the valid ones and skip the others, which are reported where the topic is read as an input."""
        for policy in published:
            try:
                self.add(policy)
            except Malformed:
                continue


def publication(  # noqa: PLR0913
    path: Path, version: str, mode: PolicyMode, at_ms: int, effective_ms: int, *, outside: bool = False
) -> PolicyPublished:
    """Return the event that publishes a valid file at `at_ms`, with its keyword files embedded.

    The time is part of the event's id, so the same document at another time is another event. Raise BadInput for a
    policy without a version of its own.
    """
    if version == _UNNAMED:
        raise BadInput(path, f"version: must be named, and not {_UNNAMED}, which is the version without any policy")
    document = embed_keyword_files(path, outside=outside)
    return PolicyPublished(
        event_id=identify("policy", version, mode, document, str(at_ms)),
        at_ms=at_ms,
        version=version,
        effective_at_ms=effective_ms,
        mode=mode,
        document=document,
    )


def _read(published: PolicyPublished) -> Policy:
    """Return the policy of a publication: the same one for all logs of a process, each of which begins with all."""
    key = published.version, sha256(published.document.encode()).digest()
    policy = _PARSED.get(key)
    if policy is None:
        policy = _PARSED[key] = _parse(published)
    return policy


def _parse(published: PolicyPublished) -> Policy:
    try:
        policy = parse(published.document)
    except InvalidPolicy as fault:
        listed, more = fault.faults[:_SHOWN], len(fault.faults) - _SHOWN
        lines = [*map(str, listed), *([f"and {more:,} more"] if more > 0 else [])]
        raise Malformed(Reason.INVALID_POLICY, "\n".join(lines)) from fault
    if policy.version not in (_UNNAMED, published.version):
        message = f"the version of the document is {policy.version}, that of the event is {published.version}"
        raise Malformed(Reason.INVALID_POLICY, message)
    return replace(policy, version=published.version)
