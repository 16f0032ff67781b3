"""Validation of well-formed input records: bounds of each field, and contradictions between fields.

Called once, at the ingress; every later step trusts its records. One table has the bounds of a field by its name, which
means the same in every record; two more have the contradictions between fields of one record.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import fields

from schemas.malformed import Malformed, Reason
from schemas.records import (
    AccountUnblocked,
    ContactAdded,
    ContactRemoved,
    Feature,
    FeatureKind,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    LookalikeAnswered,
    MemberJoined,
    MemberReported,
    MessageSent,
    MissReported,
    ProfileChanged,
    Record,
    ReviewAnswered,
)
from schemas.topics import INPUT_OF

Check = Callable[[Any], None]
"""Raises `Malformed` without the name of the field; the caller adds it."""

MAX_ID: Final = 256
"""Code points of an id. Ids become state keys, so a long one costs memory as long as its state is kept."""
MAX_TEXT: Final = 65_536
"""Code points of a message, a description, a reason. Beyond, one message would hold up a whole batch's screening."""
MAX_LABEL: Final = 256
"""Code points of a nickname, a region, a kind: texts that are stored or compared as a whole."""
MAX_SIGNATURE: Final = 1_024
"""Code points of a signature. The gate's edit distance costs the product of two lengths."""
MAX_RELATION: Final = 64
"""Code points of a follow's real-life relation (EG-2)."""
MAX_NUMBER: Final = 64
"""Characters of a telephone number with its separators; a short code or an extension fits too."""
MAX_DOCUMENT: Final = 1_048_576
"""Code points of a policy, packs included. Every worker holds every version in force."""
MAX_ITEMS: Final = 1_024
"""Items of a list. Each may become an entry of state or a command."""
MAX_FEATURE_BYTES: Final = 65_536
"""Bytes of one feature: a sound's fingerprint is the longest, some kilobytes a minute."""
HASH_BYTES: Final = 8
"""Bytes of a supplied picture hash: a 64-bit pHash (AI-10)."""
LAST_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999. Beyond it dates cannot be shown, and sums of times could overflow."""
MAX_RADIUS_M: Final = 20_037_509.0
"""Half of the equator, rounded up: no point is further away than that."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _refusal(reason: Reason, fault: str) -> Malformed:
    return Malformed(reason, fault)


def _well_formed(value: str) -> None:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _refusal(Reason.UNDECODABLE, "not valid Unicode: a surrogate stands alone") from None


def identity(value: str) -> None:
    """Refuse an id that is empty, too long or has control characters (a control character joins ids, C-10)."""
    if 0 < len(value) <= MAX_ID and value.isascii() and value.isprintable():
        return  # nearly all
    if not value:
        raise _refusal(Reason.IMPOSSIBLE, "empty")
    if len(value) > MAX_ID:
        raise _refusal(Reason.IMPOSSIBLE, f"longer than {MAX_ID} characters")
    if _CONTROL.search(value):
        raise _refusal(Reason.IMPOSSIBLE, "has control characters")
    _well_formed(value)


def text(most: int, least: int = 0) -> Check:
    """Return a check of the length of a text, in code points."""

    def check(value: str) -> None:
        if not least <= len(value) <= most:
            raise _refusal(Reason.OUT_OF_RANGE, f"not {least} to {most} characters long")
        _well_formed(value)

    return check


def number(least: float, most: float) -> Check:
    """Return a check of the range of a number, both ends included. A number that is not finite is out of range."""

    def check(value: float) -> None:
        if not least <= value <= most:  # false for NaN, too
            raise _refusal(Reason.OUT_OF_RANGE, f"not between {least} and {most}")

    return check


def sizes(*allowed: int) -> Check:
    """Return a check that allows only these numbers of bytes."""

    def check(value: bytes) -> None:
        if len(value) not in allowed:
            raise _refusal(Reason.OUT_OF_RANGE, f"not {' or '.join(map(str, allowed))} bytes long")

    return check


def items(item: Check | None = None) -> Check:
    """Return a check of the length of a list and of each item."""

    def check(values: tuple[Any, ...]) -> None:
        if len(values) > MAX_ITEMS:
            raise _refusal(Reason.OUT_OF_RANGE, f"more than {MAX_ITEMS} items")
        for value in values if item else ():
            item(value)  # type: ignore[misc]

    return check


def feature(value: Feature) -> None:
    """Refuse a feature that no comparison could use."""
    size = len(value.value)
    if value.kind is FeatureKind.IMAGE_HASH and size != HASH_BYTES:
        raise _refusal(Reason.OUT_OF_RANGE, f"a picture hash that is not {HASH_BYTES} bytes long")
    if not 1 <= size <= MAX_FEATURE_BYTES:
        raise _refusal(Reason.OUT_OF_RANGE, f"a feature that is not 1 to {MAX_FEATURE_BYTES} bytes long")
    if value.kind in (FeatureKind.PLATE, FeatureKind.TEXT):
        try:
            value.value.decode()
        except UnicodeDecodeError:
            raise _refusal(Reason.UNDECODABLE, "a text that is not valid UTF-8") from None


def accept_any(_value: object) -> None:
    """Accept any value of the schema."""


_TIME: Final = number(0, LAST_MS)
_LABEL: Final = text(MAX_LABEL)

FIELDS: Final[Mapping[str, Check]] = {
    # Identifiers, which become keys; so do all fields that end in `_id`.
    **dict.fromkeys(("version", "app", "removed_by", "revoked_by", "rule"), identity),
    "object_ids": items(identity),
    # Times. A start of -1 says that it is unknown.
    **dict.fromkeys(("at_ms", "last_used_ms", "effective_at_ms"), _TIME),
    "since_ms": number(-1, LAST_MS),
    # Texts.
    **dict.fromkeys(("text", "description", "reason"), text(MAX_TEXT)),
    **dict.fromkeys(("nickname", "region", "kind", "note_code", "outcome"), _LABEL),
    "signature": text(MAX_SIGNATURE),
    "relation": text(MAX_RELATION),
    "number": text(MAX_NUMBER, least=1),
    "document": text(MAX_DOCUMENT),
    "incident_kinds": items(_LABEL),
    # Places.
    "latitude": number(-90, 90),
    "longitude": number(-180, 180),
    "radius_m": number(0, MAX_RADIUS_M),
    # Bytes. The size of a picture is checked against the policy in force, where it is hashed (AI-12).
    "avatar_hash": sizes(0, HASH_BYTES),
    "features": items(feature),
    "channels": items(),
    **dict.fromkeys(("avatar_image", "image"), accept_any),
    # Any value of an enum or of a boolean is valid.
    **dict.fromkeys(
        (
            *("mutual", "same_person", "verified", "genuine", "accepted", "approved", "upheld"),
            *("via", "inviter_role", "role", "mode", "scope"),
        ),
        accept_any,
    ),
}
"""The check of a field by its name, in any input record."""

DIFFERENT: Final[Mapping[type[Record], tuple[str, str]]] = {
    MessageSent: ("sender_id", "recipient_id"),
    FriendRequested: ("requester_id", "target_id"),
    FriendAdded: ("account_id", "friend_id"),
    FriendRemoved: ("account_id", "friend_id"),
    ContactAdded: ("account_id", "contact_id"),
    ContactRemoved: ("account_id", "contact_id"),
    LookalikeAnswered: ("target_id", "lookalike_id"),
    AccountUnblocked: ("account_id", "other_id"),
    MemberJoined: ("account_id", "inviter_id"),
    MemberReported: ("account_id", "reporter_id"),
    FollowRequested: ("follower_id", "object_id"),
    FollowAnswered: ("follower_id", "object_id"),
    FollowRevoked: ("follower_id", "object_id"),
    ReviewAnswered: ("subject_id", "reviewer_id"),
    MissReported: ("subject_id", "reviewer_id"),
}
"""Two fields that must not name the same account."""


def _one_addressee(record: MessageSent) -> None:
    if (record.recipient_id is None) == (record.group_id is None):
        raise Malformed(Reason.IMPOSSIBLE, "exactly one of recipient_id and group_id is required")


def _one_avatar(record: ProfileChanged) -> None:
    if record.avatar_image is not None and record.avatar_hash == b"":
        raise Malformed(Reason.IMPOSSIBLE, "sets an avatar and removes it")


def _ended_by_either(record: FollowRevoked) -> None:
    if record.revoked_by not in (record.follower_id, record.object_id):
        raise Malformed(Reason.IMPOSSIBLE, "revoked_by is neither follower_id nor object_id")


TOGETHER: Final[Mapping[type[Record], Check]] = {
    MessageSent: _one_addressee,
    ProfileChanged: _one_avatar,
    FollowRevoked: _ended_by_either,
}
"""Checks of contradictions between the fields of one record."""


def _check_of(kind: type[Record], name: str) -> Check:
    """Return the check of a field. Raises `KeyError` for a field without one."""
    if name == "kind" and kind is ContactAdded:
        return accept_any
    return identity if name.endswith("_id") else FIELDS[name]


def _checks_of(kind: type[Record]) -> tuple[tuple[str, Check], ...]:
    checks = ((field.name, _check_of(kind, field.name)) for field in fields(kind))
    return tuple((name, check) for name, check in checks if check is not accept_any)


_CHECKS: Final[Mapping[type[Record], tuple[tuple[str, Check], ...]]] = {kind: _checks_of(kind) for kind in INPUT_OF}


def validate(record: Record) -> None:
    """Check a record's values; refuse an impossible one.

    Raises `Malformed`: OUT_OF_RANGE, IMPOSSIBLE, UNDECODABLE (invalid text), or UNKNOWN_SCHEMA for a record that is
    not an input at all.
    """
    kind = type(record)
    checks = _CHECKS.get(kind)
    if checks is None:
        raise Malformed(Reason.UNKNOWN_SCHEMA, "no input record", kind.__name__)
    for name, check in checks:
        value = getattr(record, name)
        if value is not None:
            try:
                check(value)
            except Malformed as fault:
                raise fault.within(f"{kind.__name__}.{name}") from None
    _validate_together(record, kind)


def is_valid(record: Record) -> bool:
    """Return whether `validate` accepts a record."""
    try:
        validate(record)
    except Malformed:
        return False
    return True


def _validate_together(record: Record, kind: type[Record]) -> None:
    if kind in DIFFERENT:
        one, other = DIFFERENT[kind]
        if getattr(record, one) == getattr(record, other):
            raise Malformed(Reason.IMPOSSIBLE, f"{one} and {other} are the same", kind.__name__)
    if kind in TOGETHER:
        try:
            TOGETHER[kind](record)
        except Malformed as fault:
            raise fault.within(kind.__name__) from None
