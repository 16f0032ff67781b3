"""Key `requests` of section `friendship_age`: how many friend requests of an account are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from operators.policy.durations import DAY

REQUESTS: Final = "REQUESTS"
"""The outcome of the friend gate where an account has sent too many requests (FA-103)."""

REQUESTS_AT_MOST: Final = 256
"""Requests remembered of one account, the latest ones."""


@dataclass(frozen=True, slots=True)
class RequestWindow:
    """How many requests within a time are too many; each number stands by itself."""

    within_ms: int
    sent: int  # of all
    fruitless: int  # of those that were refused or have led to no friendship
    strangers: int  # targets among these who have nothing in common with the requester


@dataclass(frozen=True, slots=True)
class RequestsPolicy:
    """What is done about an account that sends many friend requests."""

    enabled: bool = True
    windows: tuple[RequestWindow, ...] = (RequestWindow(DAY, 100, 50, 20), RequestWindow(7 * DAY, 250, 120, 60))
    review: bool = True  # people look at the requester
    repeat_after_ms: int = DAY  # the same requester again only after this
