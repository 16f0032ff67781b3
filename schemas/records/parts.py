"""What are records made of, besides plain values?

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from dataclasses import dataclass

from schemas.records.enums import Channel, EventRole, FeatureKind, Permission
from schemas.records.record import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Part):
    """Where a detector hit; never what stood there."""

    detector: str  # Which detector hit.
    keyword: str | None = None  # The keyword's id, for the keyword detector.
    start: int  # First code point of the original text.
    end: int  # Code point after the last.


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Part):
    """What one policy version found in a text for one rule."""

    version: str  # The policy version.
    rule: str  # friendship-age, avatar-impersonation or invite-forest.
    spans: tuple[Span, ...]  # Every hit, by start, end, detector and keyword.


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMember(Part):
    """One member with which an event group is founded."""

    account_id: str  # Who.
    roles: tuple[EventRole, ...]  # Why, strongest first.
    permission: Permission  # What the member may do.


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher(Part):
    """An active follow, seen from the object."""

    follower_id: str  # Who watches.
    since_ms: int  # Since when.
    version: int  # The consent version.


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature(Part):
    """One property by which an object can be recognised."""

    kind: FeatureKind  # What it is made from.
    value: bytes  # The hash (8 bytes), the fingerprint, or the text as UTF-8.


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHashes(Part):
    """What is kept of a picture."""

    phash: bytes  # The 64-bit pHash.
    phash_mirrored: bytes | None = None  # The pHash of the mirrored picture; null if the hash was supplied.
    dhash: bytes | None = None  # The 64-bit dHash; null if the hash was supplied.
    version: str  # Which algorithm made them; others are not compared.
    quality: int | None = None  # How much there is to see, 0 to 100; null if the hash was supplied.


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMatch(Part):
    """An object whose information resembles what was seen or heard."""

    object_id: str  # The object.
    differing_bits: int  # Of 64, by the best picture; 0 for what is equal.
    kinds: tuple[str, ...]  # The kinds that matched.


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateAccount(Part):
    """A verified account of the same person in another application."""

    app: str  # The application.
    alternate_id: str  # The account there.
    channel: Channel  # How the person is asked there.
