"""Builder of event sequences about lookalikes: profiles, pictures, friend requests and the answers to them."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, Self

from jobs.replay.engine import Replay
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.model import Policy
from schemas.records import (
    ContactAdded,
    ContactKind,
    ContactRemoved,
    Decision,
    FriendRequested,
    LookalikeAnswered,
    ProfileChanged,
    Record,
)
from state.stores.memory import MemoryStore
from tests.support.story import DAY, SUSPICIOUS, USUAL, Story, StoryResult

# H7 to H11 differ from H0 by as many bits as their names say, K by 32; Z has one bit set.
H0, H7 = (bytes.fromhex(f"f0f0f0f0f0f0f0{last}") for last in ("f0", "8f"))
H8, H10, H11 = (bytes.fromhex(f"f0f0f0f0f0f0{last}") for last in ("f00f", "f30f", "f70f"))
K, NOT_K = bytes.fromhex("ff00ff00ff00ff00"), bytes.fromhex("00ff00ff00ff00ff")
Z = bytes.fromhex("8000000000000000")
NONE = b""

RECIPIENT, MOTHER, COLLEAGUE, STRANGER = "R", "M", "C", "S"


def rules(*, gate: dict[str, Any] | None = None, **changes: Any) -> Policy:
    """The default policy with keys of `avatar_impersonation` changed, and with `gate` some of `friendship_age`."""
    section = replace(AvatarImpersonationPolicy(), **({"review_up_to": Fraction(7, 8)} | changes))
    return replace(USUAL, avatar_impersonation=section, friendship_age=replace(FriendshipAgePolicy(), **(gate or {})))


class Portraits(Story):
    """A story without friendships. Events may be added in any order, and arrive in the order of their times."""

    _is_sorted = True

    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy or rules())

    def _run(self, store: MemoryStore) -> tuple[Replay, list[tuple[str, str, Record]]]:
        if self._is_sorted:
            self.events.sort(key=lambda event: event.at_ms)
        return super()._run(store)

    def keep_order_from_now_on(self) -> Self:
        """Let the events so far arrive in order of time, and the others in the order in which they are added."""
        self.events.sort(key=lambda event: event.at_ms)
        self._is_sorted = False
        return self

    def befriends(self, one: str, other: str, at: int, **fields: Any) -> Self:
        """Put `other` on `one`'s list of friends, and vice versa."""
        return self.friends(at=at, account_id=one, friend_id=other, **fields)

    def unfriends(self, one: str, other: str, at: int) -> Self:
        return self.unfriended(at, account_id=one, friend_id=other)

    def contact(self, one: str, other: str, at: int, kind: ContactKind = ContactKind.ADDRESS_BOOK) -> Self:
        return self.event(ContactAdded, at, account_id=one, contact_id=other, kind=kind)

    def drops(self, one: str, other: str, at: int) -> Self:
        return self.event(ContactRemoved, at, account_id=one, contact_id=other)

    def avatar(self, who: str, picture: bytes, at: int, **fields: Any) -> Self:
        return self.event(ProfileChanged, at, account_id=who, avatar_hash=picture, **fields)

    def profile(self, who: str, at: int, **fields: Any) -> Self:
        return self.event(ProfileChanged, at, account_id=who, **fields)

    def writes(
        self, at: int, text: str = SUSPICIOUS, sender: str = STRANGER, recipient: str = RECIPIENT, **fields: Any
    ) -> Self:
        return self.message(at, text, sender_id=sender, recipient_id=recipient, **fields)

    def requests(self, at: int, request: str = "q1", who: str = STRANGER, target: str = RECIPIENT) -> Self:
        return self.event(FriendRequested, at, request_id=request, requester_id=who, target_id=target)

    def answers_lookalike(
        self, who: str, at: int, *, yes: bool, request: str = "q1", target: str = RECIPIENT, **fields: Any
    ) -> Self:
        """Let `who` answer whether the requester's account is theirs too."""
        answer = {"request_id": request, "target_id": target, "lookalike_id": who, "same_person": yes}
        return self.event(LookalikeAnswered, at, **(answer | fields))

    def aliased(self, at: int, who: str = STRANGER, friend: str = MOTHER, target: str = RECIPIENT) -> Self:
        """Let `friend` confirm at the gate that `who` is the same person."""
        request = f"alias-{who}-{target}"
        return self.requests(at, request, who, target).answers_lookalike(
            friend, at + 1, yes=True, request=request, target=target
        )


def family(policy: Policy | None = None) -> Portraits:
    """Return a story with R and two friends: M since day 0, with H0 since day 1, and C with K, both since day 2."""
    story = Portraits(policy).befriends(RECIPIENT, MOTHER, 0).avatar(MOTHER, H0, DAY)
    return story.befriends(RECIPIENT, COLLEAGUE, 2 * DAY).avatar(COLLEAGUE, K, 2 * DAY)


def stolen(picture: bytes, policy: Policy | None = None) -> Portraits:
    """Return that story; S, no friend of R's, sets an avatar on day 10."""
    return family(policy).avatar(STRANGER, picture, 10 * DAY)


def alike(*friends: str, **gate_rules: Any) -> Portraits:
    """Return a story in which S has the nickname of these friends of R's."""
    story = Portraits(rules(gate=gate_rules)).profile("S", 1, nickname="Mother")
    for friend in friends:
        story.befriends("R", friend, 2).profile(friend, 3, nickname="Mother")
    return story


def findings(ending: StoryResult, about: str = STRANGER) -> list[Decision]:
    """Return the decisions about the pictures of an account."""
    return [found for found in ending.decisions if found.rule == "avatar-impersonation" and found.subject_id == about]


def outcomes(ending: StoryResult, about: str = STRANGER) -> list[str]:
    return [found.outcome for found in findings(ending, about)]


def gate(ending: StoryResult) -> list[tuple[int, str]]:
    """Return time and outcome of the decisions on friend requests."""
    return [time for time, found in zip(ending.timed, ending.decisions, strict=True) if found.rule == "friend-gate"]
