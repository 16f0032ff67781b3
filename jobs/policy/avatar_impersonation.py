"""Section `avatar_impersonation` of a policy file: its keys, and its value for the operators."""

from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, field_validator

from jobs.policy.keyword_entries import KeywordsSection
from jobs.policy.operations import RiskActions
from jobs.policy.section import Section, freeze
from jobs.policy.values import (
    MOST_ENTRIES,
    Between,
    Bits,
    Counting,
    Duration,
    HashText,
    Percent,
    Share,
    Truth,
    key,
    parse_whole,
    refuse,
)
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind, RelationKind
from operators.policy.keywords import ScreenRules

_DEFAULT = AvatarImpersonationPolicy()
MOST_FRIENDS = 16  # hashes of friends of one account, until it is established: each is in state
MOST_PREVIOUS = 1_000  # previous avatars of one contact: each is in state


class AvatarImpersonationSection(Section):
    """Keys of avatar impersonation: senders who show a picture like that of one of the recipient's contacts."""

    enabled: Truth = key(_DEFAULT.enabled, "whether its rules decide; its memory is kept in any case (C-28)")
    threshold: Share = key(_DEFAULT.threshold, "pictures more similar than this are alike (AI-5)", "share")
    review_up_to: Share | None = key(
        None,
        "above the threshold and up to here: REVIEW (AI-21); null: as threshold, no such band",
        "share",
        validate_default=True,
    )
    keywords: KeywordsSection | None = key(
        None, "what opens the comparison (AI-2); null: those of friendship_age, packs included"
    )
    both_directions: Truth = key(
        _DEFAULT.both_directions, "a recent keyword hit in either direction opens the comparison, too (AI-3)"
    )
    both_directions_ms: Duration = key(_DEFAULT.both_directions_ms, "how recent, inclusive", "ms")
    relation_kinds: tuple[RelationKind, ...] = key(
        (RelationKind.FRIEND,), "which lists of the recipient make an account related (AI-7)", min_length=1
    )
    hash_kinds: tuple[HashKind, ...] = key(tuple(HashKind), "how pictures are compared; at least phash (AI-9)")
    default_hashes: tuple[HashText, ...] = key(
        (), "hashes of stock and blank pictures, in hex (AI-17)", max_length=MOST_ENTRIES
    )
    not_common: tuple[HashText, ...] = key(
        (), "hashes not to be treated as common any more, in hex (AI-18)", max_length=MOST_ENTRIES
    )
    min_bits: Bits = key(_DEFAULT.min_bits, "pictures with fewer bits set are not compared (AI-17)", "bits")
    max_bits: Bits = key(
        _DEFAULT.max_bits, "pictures with more bits set are not compared (AI-17)", "bits", validate_default=True
    )
    min_quality: Percent = key(_DEFAULT.min_quality, "pictures of a lower quality are not compared (AI-13)", "percent")
    popular_above: Counting = key(
        _DEFAULT.popular_above, "a picture of more established accounts is common (AI-18)", "accounts"
    )
    popular_after_ms: Duration = key(_DEFAULT.popular_after_ms, "after each has had it for so long", "ms")
    popular_age_ms: Duration = key(
        _DEFAULT.popular_age_ms, "an account is established when it is known for so long (AI-36)", "ms"
    )
    popular_friends: Annotated[int, BeforeValidator(parse_whole), Between(0, MOST_FRIENDS)] = key(
        _DEFAULT.popular_friends, "and so many have it as a friend", "accounts"
    )
    previous_avatars: Annotated[int, BeforeValidator(parse_whole), Between(0, MOST_PREVIOUS)] = key(
        _DEFAULT.previous_avatars, "how many replaced pictures of a contact count (AI-19)", "pictures"
    )
    previous_for_ms: Duration = key(_DEFAULT.previous_for_ms, "for how long after they were replaced", "ms")
    risk_operation: RiskActions = key(
        {"WARN": {}, "REVIEW": {}}, "what is done about a RISK_USER (AI-23)", validate_default=True
    )
    repeat_after_ms: Duration = key(_DEFAULT.repeat_after_ms, "the same finding again only after this (AI-24)", "ms")
    report_copies_of_recipient: Truth = key(
        _DEFAULT.report_copies_of_recipient, "report senders whose avatar resembles the recipient's own (AI-8)"
    )
    max_image_bytes: Counting = key(_DEFAULT.max_image_bytes, "larger images are refused (AI-12)", "bytes")
    max_image_pixels: Counting = key(_DEFAULT.max_image_pixels, "larger images are refused (AI-12)", "pixels")

    @field_validator("review_up_to")
    @classmethod
    def _not_below_threshold(cls, review_up_to: Share | None, info: ValidationInfo) -> Share:
        threshold: Share = info.data.get("threshold", _DEFAULT.threshold)
        if review_up_to is not None and review_up_to < threshold:
            refuse(f"must be at least threshold, {float(threshold)}: the band for review begins there (AI-21)")
        return threshold if review_up_to is None else review_up_to

    @field_validator("hash_kinds")
    @classmethod
    def _with_phash(cls, kinds: tuple[HashKind, ...]) -> tuple[HashKind, ...]:
        if HashKind.PHASH not in kinds:
            refuse("must contain phash")
        return kinds

    @field_validator("max_bits")
    @classmethod
    def _not_below_min(cls, max_bits: int, info: ValidationInfo) -> int:
        if max_bits < info.data.get("min_bits", 0):
            message = f"{max_bits} is below min_bits; must be at least {info.data['min_bits']}"
            refuse(message, faults=(((), message),), beside="min_bits")
        return max_bits

    def value(self, screen: ScreenRules) -> AvatarImpersonationPolicy:
        """Return the frozen section; `screen` has its keywords."""
        return freeze(
            AvatarImpersonationPolicy,
            self,
            screen=screen,
            relation_kinds=frozenset(self.relation_kinds),
            hash_kinds=frozenset(self.hash_kinds),
            default_hashes=frozenset(map(bytes.fromhex, self.default_hashes)),
            not_common=frozenset(map(bytes.fromhex, self.not_common)),
            risk_operation=self.risk_operation.risk_value(),
        )
