"""Enums of record fields.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from enum import StrEnum


class AnswerVia(StrEnum):
    """Where the answer to a verification was given."""

    ALTERNATE_APP = "ALTERNATE_APP"
    FIRST_APP = "FIRST_APP"


class Channel(StrEnum):
    """How a person can be reached through an application."""

    VOICE = "VOICE"
    VIDEO = "VIDEO"
    PHONE = "PHONE"
    TEXT = "TEXT"


class Concern(StrEnum):
    """Why an account may be concerned by an incident."""

    NAMED = "NAMED"
    NEAR = "NEAR"
    AGE = "AGE"
    MATCHED = "MATCHED"


class ContactKind(StrEnum):
    """How one account came to have another as a contact."""

    ADDRESS_BOOK = "ADDRESS_BOOK"
    FOLLOW = "FOLLOW"
    OTHER = "OTHER"


class EventRole(StrEnum):
    """Why somebody is asked into an event group."""

    EVENT_USER = "EVENT_USER"
    NEARBY_USER = "NEARBY_USER"
    FOLLOWER = "FOLLOWER"
    OBJECT = "OBJECT"
    ORGANISATION = "ORGANISATION"


class FeatureKind(StrEnum):
    """What a feature is made from."""

    IMAGE_HASH = "IMAGE_HASH"
    AUDIO_FINGERPRINT = "AUDIO_FINGERPRINT"
    PLATE = "PLATE"
    TEXT = "TEXT"


class FollowScope(StrEnum):
    """Of which incidents a follower is told."""

    ALL = "ALL"
    EMERGENCIES = "EMERGENCIES"


class IncidentStep(StrEnum):
    """What was said about an incident."""

    AUDITED = "AUDITED"
    ANSWERED = "ANSWERED"
    WITHDRAWN = "WITHDRAWN"
    CLOSED = "CLOSED"


class JoinVia(StrEnum):
    """The way by which somebody came into a group."""

    INVITE = "INVITE"
    LINK = "LINK"
    APPROVAL = "APPROVAL"
    FOUNDING = "FOUNDING"


class MemberAction(StrEnum):
    """What is done to a member of a group."""

    MUTE = "MUTE"
    REMOVE = "REMOVE"
    BAN = "BAN"
    RESTRICT_INVITE = "RESTRICT_INVITE"
    RESTRICT_LINK_MEDIA = "RESTRICT_LINK_MEDIA"
    PRE_MODERATE = "PRE_MODERATE"
    WATCH = "WATCH"
    NOTIFY_ADMIN = "NOTIFY_ADMIN"


class MemberRole(StrEnum):
    """What a member may do in a group."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"


class Permission(StrEnum):
    """What a member of an event group may do there."""

    MANAGE = "MANAGE"
    POST = "POST"
    READ = "READ"


class PolicyMode(StrEnum):
    """Whether a policy acts, or only decides beside the one that does."""

    LIVE = "LIVE"
    SHADOW = "SHADOW"


class WarnChannel(StrEnum):
    """Where a warning goes."""

    IN_APP = "IN_APP"
    NUMBER = "NUMBER"
    PLATFORM = "PLATFORM"
