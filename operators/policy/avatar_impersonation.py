"""Section `avatar_impersonation` of a policy: thresholds, hashes, common pictures, operations on lookalike avatars."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from operators.policy.action import IN_APP_WARNING, Operation
from operators.policy.durations import DAY, HOUR, MINUTE
from operators.policy.keywords import default_keywords
from operators.policy.section import Judged, PolicySection, Rule

if TYPE_CHECKING:
    from operators.policy.keywords import ScreenRules
    from schemas.records.enums import WarnChannel

AVATAR_IMPERSONATION: Final = "avatar-impersonation"


class RelationKind(StrEnum):
    """The recipient's list by which an account counts as related (AI-7)."""

    FRIEND = "FRIEND"
    FOLLOW = "FOLLOW"
    ADDRESS_BOOK = "ADDRESS_BOOK"
    OTHER = "OTHER"


class HashKind(StrEnum):
    """The perceptual hashes by which two pictures are compared (AI-9); crops are preferred (AI-38)."""

    PHASH = "phash"
    PHASH_MIRRORED = "phash_mirrored"
    DHASH = "dhash"
    CROP = "crop"
    CROP_MIRRORED = "crop_mirrored"


@dataclass(frozen=True, slots=True)
class RiskOperation:
    """The response to a strong finding (AI-23): an operation on the pair, a review, a warning to the lookalike."""

    operation: Operation = IN_APP_WARNING  # never verifies
    review: bool = True  # moderators review the sender
    warn_lookalike: tuple[WarnChannel, ...] = ()  # the person who is imitated is warned too


RULES: Final = (
    Rule(
        name=AVATAR_IMPERSONATION,
        judged=Judged.MESSAGE,
        outcomes={
            "RISK_USER": "{subject} wrote something suspicious to {other} and shows the picture of somebody whom "
            "{other} knows",
            "REVIEW": "{subject} looks like somebody, in a way that people should look at",
        },
        risk=frozenset({"RISK_USER", "REVIEW"}),
        reasons={
            "NEAR_THRESHOLD": "the pictures are only just alike",
            "ORDER_UNKNOWN": "nobody knows who had the picture first",
            "PREVIOUS_AVATAR": "it is a picture that was shown before",
            "SENDER_FIRST": "the sender showed it first",
            "COPIES_RECIPIENT": "the picture is like the recipient's own",
            "PROFILE_DRIFT": "a friend's profile has begun to look like another friend's",
            "HASH_BECAME_COMMON": "so many show the picture that it is not compared any more",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class AvatarImpersonationPolicy(PolicySection):
    """Section `avatar_impersonation`; hashes are the 8 bytes of a 64-bit perceptual hash."""

    rules = RULES

    enabled: bool = True
    threshold: Fraction = Fraction(84, 100)  # similar: similarity strictly above (AI-5); 0 to 1
    review_up_to: Fraction = Fraction(84, 100)  # above threshold and up to here: REVIEW (AI-21); 0 to 1
    screen: ScreenRules = field(default_factory=default_keywords)  # the keywords that open the comparison (AI-2)
    both_directions: bool = False  # a recent hit in either direction opens it too (AI-3)
    both_directions_ms: int = 10 * MINUTE  # how recent, inclusive
    relation_kinds: frozenset[RelationKind] = frozenset({RelationKind.FRIEND})
    hash_kinds: frozenset[HashKind] = frozenset(HashKind)
    default_hashes: frozenset[bytes] = frozenset()  # stock and blank pictures: no finding (AI-17)
    not_common: frozenset[bytes] = frozenset()  # hashes that never count as common (AI-18)
    min_bits: int = 8  # bits set; fewer: no finding (AI-17)
    max_bits: int = 56  # bits set; more: no finding
    min_quality: int = 10  # 0 to 100 (AI-13); a known quality below: no finding
    popular_above: int = 50  # established accounts; more of them make a picture common (AI-18)
    popular_after_ms: int = 24 * HOUR  # how long each of them must have had it
    popular_age_ms: int = 30 * DAY  # an account is established after this, since it is known (AI-36)
    popular_friends: int = 3  # and if so many have it as a friend; 0 to 16
    previous_avatars: int = 5  # how many of a contact's earlier avatars count (AI-19)
    previous_for_ms: int = 180 * DAY  # and how long after they were replaced, inclusive
    risk_operation: RiskOperation = RiskOperation()
    repeat_after_ms: int = 24 * HOUR  # the same finding again only after this (AI-24)
    report_copies_of_recipient: bool = False  # AI-8
    max_image_bytes: int = 5 * 1024 * 1024  # AI-12
    max_image_pixels: int = 25_000_000  # tested before the pixels are decoded

    @property
    def every_pair_message(self) -> bool:
        """Whether harmless one-to-one messages count too: they may follow a hit in the other direction (AI-3)."""
        return self.both_directions
