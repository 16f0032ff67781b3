"""Section `friendship_age` of a policy: bands, operations, verification, friend gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from operators.policy.action import IN_APP_WARNING, Operation
from operators.policy.conversation import CONVERSATION, ConversationPolicy
from operators.policy.durations import DAY, HOUR, MINUTE
from operators.policy.keywords import MILD_DETECTORS, default_screen
from operators.policy.requests import REQUESTS, RequestsPolicy
from operators.policy.section import Judged, PolicySection, Rule
from schemas.records.enums import Channel, WarnChannel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operators.policy.keywords import ScreenRules
    from schemas.records import Span

FRIENDSHIP_AGE: Final = "friendship-age"
VERIFICATION: Final = "verification"
FRIEND_GATE: Final = "friend-gate"


class Outcome(StrEnum):
    """The outcome of a band's decision (FA-22, FA-23, FA-24, FA-26)."""

    FIRST_OPERATION = "FIRST_OPERATION"
    MIDDLE = "MIDDLE"
    VERIFY = "VERIFY"


class AlternateOrder(StrEnum):
    """The order in which alternate accounts are preferred (FA-36)."""

    OLDEST_FIRST = "oldest_first"
    VOICE_FIRST = "voice_first"
    RECENT_FIRST = "recent_first"


@dataclass(frozen=True, slots=True)
class Band:
    """An interval of friendship age, `[from_ms, to_ms)`, and its operation; `to_ms` None: no end."""

    from_ms: int
    to_ms: int | None
    operation: Operation
    outcome: Outcome


def bands_between(t1_ms: int, t2_ms: int, first: Operation, middle: Operation) -> tuple[Band, ...]:
    """Return the bands of the short form (FA-21), 0 <= T1 <= T2; empty bands are left out."""
    outcome = Outcome.VERIFY if middle.verify else Outcome.MIDDLE
    verify = Band(t2_ms, None, Operation(verify=True), Outcome.VERIFY)
    finite = (Band(0, t1_ms, first, Outcome.FIRST_OPERATION), Band(t1_ms, t2_ms, middle, outcome))
    return (*(band for band in finite if band.from_ms != band.to_ms), verify)


@dataclass(frozen=True, slots=True)
class GateWeights:
    """The weight of each part of a profile in its similarity (FA-57); none negative, not all 0."""

    nickname: Fraction = Fraction(45, 100)
    avatar: Fraction = Fraction(40, 100)
    signature: Fraction = Fraction(10, 100)
    region: Fraction = Fraction(5, 100)


class GateReason(StrEnum):
    """Why a friend is asked about a requester; each stands by itself (FA-57)."""

    SIMILAR_PROFILE = "similar_profile"
    PICTURE_AND_NAME = "picture_and_name"
    SAME_NAME = "same_name"
    SAME_PICTURE = "same_picture"


FIRST_OPERATION = Operation(exit_session=True, warn=(WarnChannel.IN_APP,))
WEAK_GATE_REASONS = frozenset({GateReason.SAME_NAME, GateReason.SAME_PICTURE})
SECOND_OPERATION = Operation(block=True, warn=(WarnChannel.IN_APP,))
CHANNEL_ORDER = (Channel.VIDEO, Channel.VOICE, Channel.PHONE, Channel.TEXT)
DEFAULT_BANDS = bands_between(3 * DAY, 30 * DAY, FIRST_OPERATION, IN_APP_WARNING)


RULES: Final = (
    Rule(
        name=FRIENDSHIP_AGE,
        judged=Judged.MESSAGE,
        outcomes={
            "FIRST_OPERATION": "{subject}, a new friend of {other}, sent a suspicious message",
            "MIDDLE": "{subject}, a friend of {other}, sent a suspicious message",
            "VERIFY": "{subject}, an old friend of {other}, sent a suspicious message: the account may be in other "
            "hands",
            "ATTACHED": "{subject} sent {other} one more suspicious message; the question whether it is really "
            "{subject} has been asked already",
            "ESCALATED": "{subject} was found to be genuine, but goes on sending {other} suspicious messages: people "
            "should look at it",
            "TRUSTED": "{subject}, whom {other} has said to trust, sent a suspicious message",
            "ALREADY_BLOCKED": "{subject} wrote to {other} again and is blocked already",
        },
        risk=frozenset({"FIRST_OPERATION", "MIDDLE", "VERIFY", "ATTACHED", "ESCALATED", "TRUSTED", "ALREADY_BLOCKED"}),
        reasons={
            "keyword": "a phrase from the list of suspicious phrases",
            "national_id": "an identity number",
            "bank_card": "the number of a bank card",
            "iban": "the number of a bank account",
            "crypto_address": "an address that cryptocurrency is sent to",
            "phone_number": "a telephone number or messenger contact in an offer",
            "code_request": "a request for a one-time code",
            "shopping_link": "a link to a shop",
            "lookalike_link": "a link that imitates a well-known site",
            "semantic": "words like those of many frauds",
            "age_unknown": "nobody knows since when they are friends",
            "low_trust": "the question could only be asked inside the same application",
            "no_way_to_ask": "there is no way to ask the owner, so nobody is asked",
            "new_link": "an account elsewhere was linked too recently to be asked",
            "mild": "only mild signs were found",
            CONVERSATION: "several messages that are suspicious together, none of them alone",
        },
    ),
    Rule(
        name=VERIFICATION,
        judged=Judged.FOLLOW_UP,
        outcomes={
            "GENUINE": "the owner of {subject}'s account said: it is really me",
            "NOT_GENUINE": "the owner of {subject}'s account said that it is not them who writes to {other}",
            "UNVERIFIED": "nobody answered for {subject} in time, so {other} is warned and nobody is blocked",
        },
        risk=frozenset({"NOT_GENUINE", "UNVERIFIED"}),
        reasons={"CONTRADICTED": "the answer contradicts an earlier one"},
    ),
    Rule(
        name=FRIEND_GATE,
        outcomes={
            "ACCEPTED": "{subject} may become a friend of {other}",
            "ASKED": "{subject} wants to be a friend of {other} and looks like one of {other}'s friends, who are asked",
            "REFUSED_DENIED": "{subject} may not become a friend of {other}",
            "REFUSED_EXPIRED": "{subject} looks like a friend of {other} who did not answer in time",
            "REFUSED_CONFLICT": "{subject} looks like several friends of {other}, who contradict each other",
            REQUESTS: "{subject} asks very many accounts for their friendship",
        },
        risk=frozenset({"REFUSED_DENIED", "REFUSED_CONFLICT", REQUESTS}),
        reasons={
            GateReason.SIMILAR_PROFILE: "the profile as a whole looks like a friend's",
            GateReason.PICTURE_AND_NAME: "the picture is like a friend's, and so is the name",
            GateReason.SAME_NAME: "the name is a friend's as people see it",
            GateReason.SAME_PICTURE: "the picture is like a friend's",
            "sent": "too many requests",
            "fruitless": "too many requests that were refused or have led to no friendship",
            "strangers": "too many requests to accounts with no friend or group in common",
            "profile_unknown": "nothing is known of the requester's profile",
            "denied": "a friend who looks alike said: that is not me",
            "weak": "only the name or the picture is alike, which proves little",
            "no_answer": "nobody who was asked has answered",
            "contradicting_answers": "friends who were asked contradict each other",
            "ALREADY_BLOCKED": "the requester is blocked",
            "REFUSED_DENIED": "a friend who looks alike said: that is not me",
            "REFUSED_EXPIRED": "nobody who was asked has answered; another request may be made",
            "REFUSED_CONFLICT": "friends who were asked contradict each other",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class FriendshipAgePolicy(PolicySection):
    """Section `friendship_age`. The bands cover all ages from 0 on without gaps, in either form of the file."""

    rules = RULES

    enabled: bool = True
    bands: tuple[Band, ...] = DEFAULT_BANDS
    middle_operation: Operation = IN_APP_WARNING  # also for messages that only mild detectors hit (FA-15)
    second_operation: Operation = SECOND_OPERATION  # after NOT_GENUINE (FA-42)
    screen: ScreenRules = field(default_factory=default_screen)  # what makes a message suspicious (FA-6)
    mild_detectors: frozenset[str] = frozenset(MILD_DETECTORS)
    conversation: ConversationPolicy = field(default_factory=ConversationPolicy)  # several messages together (FA-85)
    alert_number: str | None = None  # for warnings to recipients without a number of their own (FA-30)
    alert_platform: str | None = None  # the network platform that receives warnings (FA-29)
    alternate_order: AlternateOrder = AlternateOrder.OLDEST_FIRST
    link_age_ms: int = 7 * DAY  # an alternate account counts that was linked so long before the suspicion (FA-93)
    channel_order: tuple[Channel, ...] = CHANNEL_ORDER  # a channel that is not listed is not used (FA-37)
    in_app_challenge: bool = True  # ask in the application itself when there is no other (FA-38)
    verification_timeout_ms: int = 10 * MINUTE  # FA-40
    late_answer_ms: int = HOUR  # after the deadline, inclusive (FA-46)
    cool_down_ms: int = 24 * HOUR  # FA-48
    escalate_after: int = 3  # suspicious messages after a genuine answer
    escalate_within_ms: int = 24 * HOUR
    trust_ms: int = 7 * DAY  # FA-52
    gate_enabled: bool = True
    gate_threshold: Fraction = Fraction(85, 100)  # similar: strictly above (FA-55); 0 to 1
    gate_weights: GateWeights = GateWeights()
    gate_reasons: frozenset[GateReason] = frozenset(GateReason)  # each of them asks by itself (FA-57)
    gate_weak_reasons: frozenset[GateReason] = WEAK_GATE_REASONS  # silence accepts where only these hold (FA-60)
    gate_common_name_above: int = 50  # a name that more established accounts bear is common (FA-104)
    gate_timeout_ms: int = 24 * HOUR  # FA-59
    gate_ask_at_most: int = 3  # friends asked about one request (FA-58)
    gate_denial_memory_ms: int = 30 * DAY  # FA-62
    gate_recheck_on_change: bool = True  # FA-66
    requests: RequestsPolicy = field(default_factory=RequestsPolicy)  # many requests of one account (FA-103)

    def are_mild(self, spans: Iterable[Span]) -> bool:
        """Return whether only mild detectors hit (FA-15)."""
        return all(span.detector in self.mild_detectors for span in spans)

    @property
    def band_of_unknown_age(self) -> Band:
        """The band that verifies (FA-19), the oldest if several do; if none does, the oldest."""
        verifying = (band for band in reversed(self.bands) if band.operation.verify)
        return next(verifying, self.bands[-1])
