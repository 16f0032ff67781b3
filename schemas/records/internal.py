"""Records between operators.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import Concern, IncidentStep
from schemas.records.parts import (
    AlternateAccount,
    Appearance,
    Feature,
    Finding,
    ObjectMatch,
    Picture,
    PictureHashes,
    ProfileScore,
    Resemblance,
    Span,
    Watcher,
)
from schemas.records.record import Record


class AccountApproached(Record, frozen=True, kw_only=True):
    """An account wrote to another one, for the first time in a period."""

    event_id: str  # One per sender, recipient and period; a repetition changes nothing.
    at_ms: int  # Event time of the message.
    sender_id: str  # Who wrote.
    recipient_id: str  # The person written to.
    since_ms: int  # When the period began.


class AccountForgotten(Record, frozen=True, kw_only=True):
    """Somebody has to forget an erased account."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose memory.
    erased_id: str  # Whom to forget.


class AliasLinked(Record, frozen=True, kw_only=True):
    """Two accounts are the same person's."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose memory.
    other_id: str  # The other account.
    confirmed_by: str  # Which of the two said so.
    asked_ms: int = 0  # When the other one of the two had asked.


class AlternateAccountChanged(Record, frozen=True, kw_only=True):
    """A friend's alternate account can be used for verification, or no longer."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who is told.
    sender_id: str  # Whose alternate account.
    app: str  # The application.
    alternate_id: str  # The account there.
    usable: bool  # Whether it is linked and verified.


class AppearanceChanged(Record, frozen=True, kw_only=True):
    """How somebody on an account's list shows itself."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose list.
    contact_id: str  # Who is on it; the account itself, too.
    changed: bool  # Whether its profile changed; else it is new on the list, or its picture or name has become common.
    appearance: Appearance  # How it shows itself.
    rank: int = 3  # When it acts among the events of its time: the class of what caused it.


class AttentionSought(Record, frozen=True, kw_only=True):
    """An incident asks who watches over an account."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    object_id: str  # The account.
    reason: Concern  # Why it is asked.
    until_ms: int  # Until when later changes are of interest too.


class CommandDeferred(Record, frozen=True, kw_only=True):
    """A command leaves later, as its policy wants."""

    event_id: str  # The command's id.
    at_ms: int  # Event time of the cause.
    decision_id: str  # The decision that asks for it.
    about_id: str = ''  # The account that it is about.
    leaves_ms: int  # When it leaves.
    command: bytes  # The command, in single-object encoding.


class CommandsWithheld(Record, frozen=True, kw_only=True):
    """A decision asks for what there is a limit of; it is told when it is known whether its commands may leave."""

    event_id: str  # Its place among those of its time: class and id of the cause.
    at_ms: int  # Event time of the cause.
    subject_id: str  # Whom the decision is about; empty where there is none.
    policy_version: str  # The policy whose limits count.
    decision: bytes | None = None  # The decision, in single-object encoding; null: it was told before.
    commands: tuple[bytes, ...]  # Its commands, each the same way.


class ContentSuspected(Record, frozen=True, kw_only=True):
    """A screened message on its way to the group, with the latest finding against its author."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    group_id: str  # The group written into.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.
    charged_ms: int | None = None  # When a gate denied the author or a risk was decided, last; null: never.
    charge_id: str | None = None  # By which decision.
    late: bool = False  # Whether the message came late.


class ConversationHit(Record, frozen=True, kw_only=True):
    """An account wrote something suspicious to somebody."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who wrote.
    other_id: str  # To whom.
    spans: tuple[Span, ...]  # Where it hit.
    span_count: int = 0  # How many there are if not all are listed, or 0.


class DecisionOverturned(Record, frozen=True, kw_only=True):
    """People do not uphold a decision: what stands because of it ends."""

    event_id: str  # The answer that decides it.
    at_ms: int  # Event time of the answer.
    decision_id: str  # The decision.
    subject_id: str  # Its subject.
    other_id: str | None = None  # Its other account.
    group_id: str | None = None  # Its group.


class FollowChanged(Record, frozen=True, kw_only=True):
    """A follow became active, or is no longer."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    late: bool = False  # Whether what caused it came late.
    object_id: str  # Who is watched over.
    follower_id: str  # Who watches.
    active: bool  # Whether the follow is active now.
    since_ms: int  # Since when it is active, or is no longer.
    version: int  # The follow's consent version.
    watched: bool  # Whether anybody watches over the object now.
    erased: bool = False  # Whether it ended because an account was erased.
    emergencies_only: bool = False  # Whether the follower is told of emergencies alone.


class FollowShifted(Record, frozen=True, kw_only=True):
    """A follow of an account that an incident asked about changed."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    object_id: str  # Who is watched over.
    follower_id: str  # Who watches.
    active: bool  # Whether the follow is active now.
    version: int  # The consent version.
    emergencies_only: bool = False  # Whether the follower is told of emergencies alone.


class FollowersFound(Record, frozen=True, kw_only=True):
    """Who watches over an account that may be concerned by an incident."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    object_id: str  # The account.
    reason: Concern  # Why it was asked.
    followers: tuple[Watcher, ...]  # At least one.


class FriendshipSought(Record, frozen=True, kw_only=True):
    """A friend request, with the requester's profile as of its time."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who is asked to become a friend.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    appearance: Appearance | None = None  # The requester's profile; null: unknown.
    friends: tuple[str, ...] = ()  # Who has the requester as a friend, unless these are too many.
    groups: tuple[str, ...] = ()  # The requester's latest groups.
    established: bool = True  # Whether so many have the requester as a friend that they are not listed.
    late: bool = False  # Whether the request came late.


class HelpSought(Record, frozen=True, kw_only=True):
    """An incident may get its group now: everybody who can help is looked for."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    policy_version: str  # The policy that the incident began with.
    latitude: float  # Where it happened.
    longitude: float  # Where it happened.
    reach_m: int  # How far from the incident anybody is looked for.
    by_age: bool = False  # Whether objects are looked for by the age of a follow alone.
    widened_m: int = 0  # Within which distance further nearby users alone are looked for; 0: the first search.


class IdentificationHashed(Record, frozen=True, kw_only=True):
    """Somebody asks who is concerned, with hashes in place of the picture."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    features: tuple[Feature, ...]  # What was seen or heard.
    picture: PictureHashes | None = None  # The picture, hashed.


class IdentificationSought(Record, frozen=True, kw_only=True):
    """Who is concerned is asked, by what was seen or heard."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    policy_version: str  # The policy that the incident began with.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    kinds: tuple[str, ...]  # The kinds of features.
    pictures: tuple[PictureHashes, ...]  # The pictures, hashed.
    digests: tuple[bytes, ...]  # What is compared for equality, digested.


class IncidentAdvanced(Record, frozen=True, kw_only=True):
    """An audit, an answer, a withdrawal or a closure, with the kind of its incident."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    step: IncidentStep  # Which.
    account_id: str | None = None  # The auditor, who answers, or who withdraws.
    accepted: bool = False  # Whether the auditor approves, or who answers accepts.
    reporter_id: str | None = None  # Whose report an auditor rejects; else null.


class IncidentFiled(Record, frozen=True, kw_only=True):
    """A report on its way to its incident, with what its reporter's past says of it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    policy_version: str  # The policy that the incident began with.
    reporter_id: str  # Who reports.
    latitude: float  # Where it happened.
    longitude: float  # Where it happened.
    description: str | None = None  # What the reporter says.
    object_ids: tuple[str, ...]  # The objects that the report names.
    refusal: str = ''  # Why it is refused at once; empty if it is not.
    reports: int = 0  # The reporter's other reports of the last 24 hours.
    rejections: int = 0  # The reporter's reports that auditors rejected in the last 30 days.
    inviters: tuple[str, ...] = ()  # Who has invited the reporter into a group, as hashes of both ids.


class LookalikeReplied(Record, frozen=True, kw_only=True):
    """A friend's answer, on its way to the request that it is about."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    subject_id: str  # Who is under suspicion.
    account_id: str  # Who is asked to become a friend.
    request_id: str  # The request.
    lookalike_id: str  # Who answers.
    same_person: bool  # Whether both accounts are theirs.
    late: bool = False  # Whether the answer came late.


class LookalikesFound(Record, frozen=True, kw_only=True):
    """The sender of a suspicious message looks like somebody on the recipient's list."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    subject_id: str  # Who is under suspicion.
    account_id: str  # The recipient.
    reasons: tuple[str, ...]  # What hit, and tags.
    spans: tuple[Span, ...]  # Where it hit.
    conditions: str  # What was asked so far, as JSON.
    version: str  # The event that set the sender's picture.
    set_ms: int  # When that was.
    quality: int | None = None  # The quality of the sender's picture; null: unknown.
    candidates: tuple[Resemblance, ...]  # All that are similar and related, the best first; the recipient's own, if wanted, last.
    count: int  # How many lookalikes there are, those left out included.
    opened_by: str | None = None  # The earlier message whose hit opened the comparison; null: its own hit.
    number: str | None = None  # The recipient's own number for warnings.
    span_count: int = 0  # How many there are if not all are listed, or 0.


class MatchSuppressed(Record, frozen=True, kw_only=True):
    """A picture would have been a finding if it were not common."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    picture: str  # The pHash in hex.
    subject_id: str  # Who is under suspicion.
    account_id: str  # The recipient.
    policy_version: str  # The policy that judges.
    reasons: tuple[str, ...]  # Reasons of the decision.
    evidence: str  # Evidence of the decision.


class MatchesFound(Record, frozen=True, kw_only=True):
    """The objects of one shard that resemble what was seen or heard."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    shard: str  # Which shard answers.
    matches: tuple[ObjectMatch, ...]  # The best ones, best first.
    count: int  # How many there are.


class MemberForgotten(Record, frozen=True, kw_only=True):
    """A group has to forget an erased account."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # Whose memory.
    account_id: str  # Whom to forget.


class MessageScreened(Record, frozen=True, kw_only=True):
    """A message that some policy wants to see, without its text."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    recipient_id: str | None = None  # The person written to; null for a group.
    group_id: str | None = None  # The group written into; null for a person.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.


class NameBecameCommon(Record, frozen=True, kw_only=True):
    """An account bears a name that many others bear."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who bears it.
    name: str  # The hash of the name as people see it.
    since_ms: int  # Since when it is common.


class NameHeld(Record, frozen=True, kw_only=True):
    """An account begins or ceases to bear a name."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who.
    name: str  # The hash of the name as people see it.
    held: bool  # Whether it is borne from now on.
    established: bool = True  # Whether the account counts as one of a crowd.


class NeighboursFound(Record, frozen=True, kw_only=True):
    """Who is near an incident, by the cell that they are in, and which organisations serve it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    late: bool = False  # Whether what caused it came late.
    incident_id: str  # The incident.
    kind: str  # What happened.
    cell: str  # Which cell answers.
    account_ids: tuple[str, ...]  # The accounts within the radius.
    distances_m: tuple[int, ...]  # How far each of them is.
    organisation_ids: tuple[str, ...]  # The organisations that serve the place and the kind.


class PictureBecameCommon(Record, frozen=True, kw_only=True):
    """An account shows a picture that many others show."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who shows it.
    picture: str  # The pHash in hex.
    since_ms: int  # Since when it is common.


class PictureHeld(Record, frozen=True, kw_only=True):
    """An account begins or ceases to show a picture."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who.
    picture: str  # The pHash in hex.
    held: bool  # Whether it is shown from now on.
    gone: bool = False  # Whether it does not even count as an earlier one.
    established: bool = True  # Whether the account counts as one of a crowd.


class PositionChanged(Record, frozen=True, kw_only=True):
    """Where an account is, for the cell that keeps it and for the one that did before."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    account_id: str  # Who.
    cell: str  # The cell of the location grid that keeps the account.
    latitude: float  # Degrees north.
    longitude: float  # Degrees east.
    seen_ms: int  # When the account was there.
    watched: bool  # Whether anybody watches over the account.
    gone: bool = False  # Whether the account is no longer in this cell.
    left_cell: str | None = None  # The cell that kept the account before, if it was another one.


class ProfileHashed(Record, frozen=True, kw_only=True):
    """An account's appearance changed, with hashes in place of the picture; a null field is unchanged."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose profile.
    nickname: str | None = None  # The name shown.
    signature: str | None = None  # The line shown below the name.
    region: str | None = None  # Where the account says that it lives.
    avatar: PictureHashes | None = None  # The new avatar; null: unchanged, or removed.
    avatar_removed: bool = False  # Whether the avatar was removed.


class ProfilesDrifted(Record, frozen=True, kw_only=True):
    """A friend's changed profile looks like another friend's."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    subject_id: str  # Who is under suspicion.
    account_id: str  # Whose friends both are.
    version: str  # The changed profile's version.
    alike: tuple[ProfileScore, ...]  # The similar friends, the most similar first.
    late: bool = False  # Whether the change came late.


class RequestCompared(Record, frozen=True, kw_only=True):
    """What a friend request looks like among the target's friends."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    subject_id: str  # Who is under suspicion.
    account_id: str  # Who is asked to become a friend.
    request_id: str  # The request.
    requested_ms: int  # When it was made.
    standing: str  # What the two are to each other: NONE, FRIEND or BLOCKED.
    profile_unknown: bool  # Whether nothing is known of the requester's profile.
    left_id: str | None = None  # The friend who is one no longer and so not asked any more; null: it is a new request.
    compared: int  # How many friends were compared.
    not_comparable: int  # How many friends' profiles are unknown.
    alike: tuple[ProfileScore, ...]  # Friends, the most similar first: those to ask, and the first of the others.
    acquainted: bool = True  # Whether the target knows the requester, or the two have a friend or a group in common.
    late: bool = False  # Whether its cause came late.


class RequestFulfilled(Record, frozen=True, kw_only=True):
    """Two accounts have become friends that had to do with each other before: a friend request may have led to it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose request it may have been.
    target_id: str  # Who has the account as a friend now.


class ServiceChanged(Record, frozen=True, kw_only=True):
    """Which area an organisation serves, for the cells that it covers or covers no more."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    rank: int  # When it acts among the events of its time: the class of what caused it.
    organisation_id: str  # The organisation.
    cells: tuple[str, ...]  # The cells that hear of it.
    latitude: float  # The area's middle.
    longitude: float  # The area's middle.
    radius_m: float  # The area's radius.
    incident_kinds: tuple[str, ...]  # The kinds of incident that it serves.
    gone: bool = False  # Whether it no longer serves these cells.


class Shadowed(Record, frozen=True, kw_only=True):
    """What one step would have told another under a policy in shadow mode."""

    event_id: str  # That of the record in it.
    at_ms: int  # Event time.
    rank: int  # The class of the record in it: its place among those of its time.
    version: str  # The policy in shadow mode.
    record: bytes  # The record, in single-object encoding.


class SuspicionRaised(Record, frozen=True, kw_only=True):
    """A screened message, with the alternate account to ask the sender's person through, as of its time."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    recipient_id: str | None = None  # The person written to; null for a group.
    group_id: str | None = None  # The group written into; null for a person.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.
    alternate: AlternateAccount | None = None  # Where the sender's person can be asked; null: nowhere else.
    picture: Picture | None = None  # The sender's avatar as of the message's time; null: none, or it is not asked for.
    erased_ms: int | None = None  # When an account of the sender's id was erased, as long as that is remembered; null: never.
    suspected_ms: int | None = None  # Since when the sender has written suspicious messages without a quiet time; null: unknown.
    links_too_new: int = 0  # How many verified accounts of the sender were linked too late to be asked.
    late: bool = False  # Whether the message came late.
