"""Section `friendship_age` of a policy file: its keys, and its value for the operators."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from jobs.policy.keyword_entries import KeywordsSection
from jobs.policy.operations import Actions, IntervalActions, MiddleActions
from jobs.policy.section import Section, freeze
from jobs.policy.values import (
    MOST_ENTRIES,
    Between,
    Counting,
    Duration,
    Host,
    PositiveDuration,
    Share,
    Text,
    Truth,
    Weight,
    key,
    parse_whole,
    refuse,
)
from operators.policy.conversation import FULL_SCORE, ConversationPolicy
from operators.policy.durations import format_duration
from operators.policy.friendship_age import (
    AlternateOrder,
    Band,
    FriendshipAgePolicy,
    GateReason,
    GateWeights,
    Outcome,
    bands_between,
)
from operators.policy.keywords import (
    DETECTORS,
    IDENTITY_COUNTRIES,
    LISTED_KEYWORDS,
    MILD_DETECTORS,
    PACKS,
    SHOPPING_HOSTS,
    USUAL_FALSE_ALARMS,
    Country,
    Detector,
    FalseAlarms,
    PackName,
    ScreenRules,
)
from operators.policy.requests import REQUESTS_AT_MOST, RequestsPolicy, RequestWindow
from schemas.records.enums import Channel

_DEFAULT = FriendshipAgePolicy()
_WEIGHTS = GateWeights()
_CONVERSATION = ConversationPolicy()
_REQUESTS = RequestsPolicy()
_WINDOWS = tuple(asdict(window) for window in _REQUESTS.windows)
MOST_BANDS = 100
Remembered = Annotated[int, BeforeValidator(parse_whole), Between(1, REQUESTS_AT_MOST)]


class Interval(Section):
    """A row of the interval table: friendship ages `[from_ms, to_ms)`."""

    from_ms: Duration = Field(description="youngest age, inclusive", json_schema_extra={"unit": "ms"})
    to_ms: Duration | None = key(None, "oldest age, exclusive; null in the last row: no end", "ms")
    do: IntervalActions = Field(description="what is done, or NONE")


class Semantic(Section):
    """How sure the recogniser must be."""

    false_alarms_per_10000: FalseAlarms = key(
        USUAL_FALSE_ALARMS, "harmless messages of 10,000 that it may flag (FA-81)", "messages"
    )


class Weights(Section):
    """How much each part of a profile weighs; they need not add up to 1 (FA-57)."""

    nickname: Weight = key(_WEIGHTS.nickname, "what the nickname weighs", "parts")
    avatar: Weight = key(_WEIGHTS.avatar, "what the avatar weighs", "parts")
    signature: Weight = key(_WEIGHTS.signature, "what the signature weighs", "parts")
    region: Weight = key(_WEIGHTS.region, "what the region weighs", "parts")

    @model_validator(mode="after")
    def _not_all_zero(self) -> Self:
        if not any((self.nickname, self.avatar, self.signature, self.region)):
            refuse("must have at least one weight above 0")
        return self


class ConversationSection(Section):
    """How the weak signs of one sender's messages to one recipient add up (FA-84)."""

    enabled: Truth = key(_CONVERSATION.enabled, "whether several messages together count as a hit (FA-85)")
    window_ms: PositiveDuration = key(_CONVERSATION.window_ms, "a message's points go down to 0 in this time", "ms")
    mild_weight: Counting = key(_CONVERSATION.mild_weight, "what a message has that mild detectors alone hit", "points")
    threshold: Counting = key(
        _CONVERSATION.threshold,
        "so many points count as a hit; more than any message has: 1,000, or mild_weight",
        "points",
        validate_default=True,
    )

    @field_validator("threshold")
    @classmethod
    def _more_than_one_message(cls, threshold: int, info: ValidationInfo) -> int:
        most = max(FULL_SCORE, info.data.get("mild_weight", 0))
        if threshold <= most:
            refuse(f"must be more than {most:,}, the points that a single message may have (FA-85)")
        return threshold


class Window(Section):
    """How many friend requests of an account within a time are too many (FA-103)."""

    within_ms: PositiveDuration = Field(description="the length of the window", json_schema_extra={"unit": "ms"})
    sent: Remembered = key(REQUESTS_AT_MOST, "so many requests are too many", "requests")
    fruitless: Remembered = key(REQUESTS_AT_MOST, "so many that were refused or led to no friendship", "requests")
    strangers: Remembered = key(REQUESTS_AT_MOST, "so many targets of these with nothing in common", "accounts")


class Requests(Section):
    """What is done about an account that sends many friend requests (FA-101)."""

    enabled: Truth = key(_REQUESTS.enabled, "whether too many lead to a decision; they are counted in any case")
    windows: tuple[Window, ...] = key(_WINDOWS, "in which they are counted", min_length=1, validate_default=True)
    review: Truth = key(_REQUESTS.review, "whether people look at the requester")
    repeat_after_ms: Duration = key(_REQUESTS.repeat_after_ms, "the same requester again only after this", "ms")

    def value(self) -> RequestsPolicy:
        """Return the key for the operators."""
        windows = tuple(freeze(RequestWindow, window) for window in self.windows)
        return freeze(RequestsPolicy, self, windows=windows)


def _interval_faults(bands: tuple[Interval, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places where the intervals do not tile the ages from 0 on, with what would be right (FA-20)."""
    if bands[0].from_ms != 0:
        yield (0, "from_ms"), "the first interval must begin at 0"
    for place, (band, following) in enumerate(pairwise(bands)):
        if band.to_ms is None:
            yield (place, "to_ms"), "must be given: only the last interval is without end"
        elif following.from_ms != band.to_ms:
            kind = "a gap" if following.from_ms > band.to_ms else "an overlap"
            yield (
                (place + 1, "from_ms"),
                f"{kind}: must begin at {format_duration(band.to_ms)}, where the one before ends",
            )
    for place, band in enumerate(bands):
        if band.to_ms is not None and band.to_ms <= band.from_ms:
            yield (place, "to_ms"), f"must be greater than from_ms, {format_duration(band.from_ms)}"
    if bands[-1].to_ms is not None:
        yield (len(bands) - 1, "to_ms"), "the last interval must be without end: null"


class FriendshipAgeSection(Section):
    """Keys of friendship age, verification and the friend gate."""

    enabled: Truth = key(_DEFAULT.enabled, "whether its rules decide; its memory is kept in any case (C-28)")
    t1_ms: Duration = key(_DEFAULT.bands[0].to_ms, "T1: below this age the first operation (FA-22)", "ms")
    t2_ms: Duration = key(
        _DEFAULT.bands[1].to_ms, "T2: from this age on verification (FA-23); at least T1", "ms", validate_default=True
    )
    bands: tuple[Interval, ...] | None = key(
        None,
        "general form instead of t1_ms and t2_ms: intervals from 0 to no end (FA-20)",
        min_length=1,
        max_length=MOST_BANDS,
    )
    first_operation: Actions = key(
        {"EXIT_SESSION": {}, "WARN": {}}, "what is done below T1: one or more actions (FA-25)", validate_default=True
    )
    middle_operation: MiddleActions = key(
        {"WARN": {}},
        "what is done from T1 to T2 (FA-24), and at every age if mild detectors alone hit (FA-15)",
        validate_default=True,
    )
    second_operation: Actions = key(
        {"BLOCK": {}, "WARN": {}}, "what is done if a verification ends NOT_GENUINE (FA-42)", validate_default=True
    )
    packs: tuple[PackName, ...] = key(PACKS, "keyword lists that ship with the product")
    keywords: KeywordsSection = key(
        LISTED_KEYWORDS, "keywords besides the packs: a list, or changes of the default one", validate_default=True
    )
    keyword_files: tuple[Text, ...] = key((), "files of keywords, one a line, relative to this file", max_length=100)
    detectors: tuple[Detector, ...] = key(DETECTORS, "what makes a message suspicious (FA-6)")
    shopping_hosts: tuple[Host, ...] = key(
        SHOPPING_HOSTS, "hosts of shopping links, with all below them (FA-10)", max_length=MOST_ENTRIES
    )
    identity_countries: tuple[Country, ...] = key(
        IDENTITY_COUNTRIES, "countries whose identity numbers the detector national_id knows (FA-72)"
    )
    mild_detectors: tuple[Detector, ...] = key(
        MILD_DETECTORS, "what only these find gets the middle operation at every age (FA-15)"
    )
    semantic: Semantic = key({}, "the recogniser (FA-79)", validate_default=True)
    conversation: ConversationSection = key({}, "what several messages are together (FA-84)", validate_default=True)
    alert_number: Text | None = key(None, "number for warnings of recipients who have none of their own (FA-30)")
    alert_platform: Text | None = key(None, "network platform that warnings over PLATFORM go to (FA-29)")
    alternate_order: AlternateOrder = key(_DEFAULT.alternate_order, "which alternate account is preferred (FA-36)")
    link_age_ms: Duration = key(
        _DEFAULT.link_age_ms, "an alternate account counts that was linked so long before the suspicion (FA-93)", "ms"
    )
    channel_order: tuple[Channel, ...] = key(
        _DEFAULT.channel_order,
        "by which channel one is asked, the preferred first; others are not used (FA-37)",
        min_length=1,
    )
    in_app_challenge: Truth = key(
        _DEFAULT.in_app_challenge, "ask in the first application when there is no other (FA-38)"
    )
    verification_timeout_ms: PositiveDuration = key(
        _DEFAULT.verification_timeout_ms, "how long a verification waits for its answer (FA-40)", "ms"
    )
    late_answer_ms: Duration = key(
        _DEFAULT.late_answer_ms, "how long after the deadline an answer still counts (FA-46)", "ms"
    )
    cool_down_ms: Duration = key(_DEFAULT.cool_down_ms, "no new request for so long after GENUINE (FA-48)", "ms")
    escalate_after: Counting = key(
        _DEFAULT.escalate_after, "suspicious messages after GENUINE that escalate", "messages"
    )
    escalate_within_ms: PositiveDuration = key(_DEFAULT.escalate_within_ms, "within this time after GENUINE", "ms")
    trust_ms: Duration = key(_DEFAULT.trust_ms, "how long a recipient's trust in a sender holds (FA-52)", "ms")
    gate_enabled: Truth = key(_DEFAULT.gate_enabled, "whether friend requests are checked (FA-53)")
    gate_threshold: Share = key(
        _DEFAULT.gate_threshold, "profiles more similar than this are asked about (FA-55)", "share"
    )
    gate_weights: Weights = key({}, "what the parts of a profile weigh", validate_default=True)
    gate_reasons: tuple[GateReason, ...] = key(tuple(GateReason), "for which a friend is asked, each by itself (FA-57)")
    gate_weak_reasons: tuple[GateReason, ...] = key(
        (GateReason.SAME_NAME, GateReason.SAME_PICTURE),
        "which of them accept with a note if nobody answers, where no other holds (FA-60)",
    )
    gate_common_name_above: Counting = key(
        _DEFAULT.gate_common_name_above, "a name that more accounts bear proves nothing (FA-104)", "accounts"
    )
    gate_timeout_ms: PositiveDuration = key(_DEFAULT.gate_timeout_ms, "how long a friend request waits (FA-59)", "ms")
    gate_ask_at_most: Counting = key(_DEFAULT.gate_ask_at_most, "lookalikes asked about one request (FA-58)", "friends")
    gate_denial_memory_ms: Duration = key(
        _DEFAULT.gate_denial_memory_ms,
        "how long a friend's denial counts in new requests of the same requester (FA-62)",
        "ms",
    )
    gate_recheck_on_change: Truth = key(
        _DEFAULT.gate_recheck_on_change, "compare again when a friend changes the profile (FA-66)"
    )

    requests: Requests = key({}, "many friend requests of one account (FA-101)", validate_default=True)

    @field_validator("t2_ms")
    @classmethod
    def _not_below_t1(cls, t2_ms: int, info: ValidationInfo) -> int:
        t1_ms = info.data.get("t1_ms", 0)
        if t2_ms < t1_ms:
            message = f"{format_duration(t2_ms)} is below t1_ms; must be at least {format_duration(t1_ms)} (FA-21)"
            refuse(message, faults=(((), message),), beside="t1_ms")
        return t2_ms

    @field_validator("bands")
    @classmethod
    def _tiled(cls, bands: tuple[Interval, ...] | None) -> tuple[Interval, ...] | None:
        faults = tuple(_interval_faults(bands)) if bands else ()
        if faults:
            refuse("intervals must follow each other without gap or overlap (FA-20)", faults=faults)
        return bands

    def value(self, screen: ScreenRules) -> FriendshipAgePolicy:
        """Return the section for the operators; `screen` has its keywords, with those of packs and files."""
        return freeze(
            FriendshipAgePolicy,
            self,
            bands=self._bands(),
            middle_operation=self.middle_operation.value(),
            second_operation=self.second_operation.value(),
            screen=screen,
            mild_detectors=frozenset(self.mild_detectors),
            conversation=freeze(ConversationPolicy, self.conversation),
            channel_order=tuple(dict.fromkeys(self.channel_order)),
            gate_weights=freeze(GateWeights, self.gate_weights),
            gate_reasons=frozenset(self.gate_reasons),
            gate_weak_reasons=frozenset(self.gate_weak_reasons),
            requests=self.requests.value(),
        )

    def _bands(self) -> tuple[Band, ...]:
        if self.bands is None:
            return bands_between(self.t1_ms, self.t2_ms, self.first_operation.value(), self.middle_operation.value())
        return tuple(_band(place, interval) for place, interval in enumerate(self.bands))


def _band(place: int, interval: Interval) -> Band:
    """Return an interval as a band, with the name of its outcome (FA-26)."""
    operation = interval.do.value()
    later = Outcome.MIDDLE if place else Outcome.FIRST_OPERATION
    return Band(interval.from_ms, interval.to_ms, operation, Outcome.VERIFY if operation.verify else later)
