"""Parts of records: structs that several records share.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import Channel, EventRole, FeatureKind, Permission
from schemas.records.record import Part


class PictureHashes(Part, frozen=True, kw_only=True):
    """What is kept of a picture."""

    phash: bytes  # The 64-bit pHash.
    phash_mirrored: bytes | None = None  # The pHash of the mirrored picture; null if the hash was supplied.
    dhash: bytes | None = None  # The 64-bit dHash; null if the hash was supplied.
    version: str  # Which algorithm made them; others are not compared.
    quality: int | None = None  # How much there is to see, 0 to 100; null if the hash was supplied.
    crops: bytes | None = None  # The 64-bit hashes of its content and of crops of it; null: unknown.
    crops_version: str | None = None  # Which algorithm made those; null: none did.


class Picture(Part, frozen=True, kw_only=True):
    """A version of an account's avatar: its hashes, never the image."""

    version: str  # The event that set it.
    set_ms: int  # When it was set.
    replaced_ms: int | None = None  # When it was replaced; null: it is shown.
    hashes: PictureHashes  # What is kept of it.
    common_ms: int | None = None  # Since when too many accounts show it; null: they do not.


class Appearance(Part, frozen=True, kw_only=True):
    """How an account shows itself."""

    version: str  # The event that changed it last.
    revision: int  # Grows with every change.
    nickname: str | None = None  # The name shown, normalised.
    signature: str | None = None  # The line below it, normalised.
    region: str | None = None  # Where the account says that it lives.
    pictures: tuple[Picture, ...]  # The avatar shown, if there is one, then earlier ones, latest first.
    name_common_ms: int | None = None  # Since when too many accounts bear the name; null: they do not.


class Span(Part, frozen=True, kw_only=True):
    """Where a detector hit; never what stood there."""

    detector: str  # Which detector hit.
    keyword: str | None = None  # The keyword's id, for the keyword detector.
    start: int  # First code point of the original text.
    end: int  # Code point after the last.


class Finding(Part, frozen=True, kw_only=True):
    """What one policy version found in a text for one rule."""

    version: str  # The policy version.
    rule: str  # friendship-age, avatar-impersonation or invite-forest.
    spans: tuple[Span, ...]  # The first hits by start, end, detector and keyword, the first of every detector among them.
    span_count: int = 0  # How many there are if not all are listed, or 0.
    score: int = 0  # How sure the recogniser is, in thousandths of its threshold; 0: unknown.


class EventMember(Part, frozen=True, kw_only=True):
    """One member with which an event group is founded."""

    account_id: str  # Who.
    roles: tuple[EventRole, ...]  # Why, strongest first.
    permission: Permission  # What the member may do.


class Watcher(Part, frozen=True, kw_only=True):
    """An active follow, seen from the object."""

    follower_id: str  # Who watches.
    since_ms: int  # Since when.
    version: int  # The consent version.
    emergencies_only: bool = False  # Whether the follower is told of emergencies alone.


class Feature(Part, frozen=True, kw_only=True):
    """One property by which an object can be recognised."""

    kind: FeatureKind  # What it is made from.
    value: bytes  # The hash (8 bytes), the fingerprint, or the text as UTF-8.


class Resemblance(Part, frozen=True, kw_only=True):
    """A picture that looks like the sender's."""

    account_id: str  # Whose: a contact of the recipient, or the recipient.
    version: str  # The event that set it.
    set_ms: int  # When it was set.
    previous: bool  # Whether it had been replaced.
    kind: str  # By which hashes the two are most alike.
    algorithm: str  # The version of the algorithm that hashed them.
    bits: int  # How many of 64 bits differ.
    sender_hash: str  # The sender's hash in hex.
    hash: str  # The other's hash in hex.
    quality: int | None = None  # The quality of the other's picture; null: unknown.
    reasons: tuple[str, ...]  # Why it is weak: none, where it is strong.
    since_ms: int | None = None  # Since when the contact is on the recipient's list; null: unknown.
    common: str  # The hash of the two that too many accounts show; empty: neither is common.


class ObjectMatch(Part, frozen=True, kw_only=True):
    """An object whose information resembles what was seen or heard."""

    object_id: str  # The object.
    differing_bits: int  # Of 64, by the best picture; 0 for what is equal.
    kinds: tuple[str, ...]  # The kinds that matched.


class ProfileScore(Part, frozen=True, kw_only=True):
    """How alike two profiles are, by the parts that both have: exact fractions."""

    account_id: str  # Whose profile it is compared with.
    version: str  # That profile's version.
    similarity: str  # The weighted mean of the parts.
    nickname: str | None = None  # Of the names.
    avatar: str | None = None  # Of the avatars.
    kind: str | None = None  # By which hashes the avatars are most alike.
    signature: str | None = None  # Of the lines below the names.
    region: str | None = None  # Of the regions.
    algorithm: str | None = None  # Which version of that way of hashing; null: no avatars were compared.
    bits: int | None = None  # How many bits of the hashes differ.
    quality: int | None = None  # Of the newcomer's avatar, if known.
    own_avatar: str | None = None  # That avatar's version.
    other_avatar: str | None = None  # The other avatar's version.
    name: str | None = None  # How alike people see the names.
    reasons: tuple[str, ...] = ()  # Why the friend is asked about the newcomer.


class AlternateAccount(Part, frozen=True, kw_only=True):
    """A verified account of the same person in another application."""

    app: str  # The application.
    alternate_id: str  # The account there.
    channel: Channel  # How the person is asked there.
    linked_ms: int = 0  # Since when it is linked and verified.
