"""The picture alone as a reason to ask, where many friends are compared (FA-57)."""

from __future__ import annotations

import pytest

from tests.support.portraits import H0, H7, MOTHER, Portraits, gate
from tests.support.story import DAY

NEAR = bytes.fromhex("f0f0f0f0f0f0f0ef")  # five bits from H0


@pytest.mark.parametrize(
    ("friends", "picture", "outcome"),
    [(50, H7, "ASKED"), (51, H7, "ACCEPTED"), (51, NEAR, "ASKED"), (51, H0, "ASKED")],
)
def test_among_many_friends_the_picture_alone_must_be_nearly_the_same__fa_57(
    friends: int, picture: bytes, outcome: str
) -> None:
    story = Portraits().befriends("R", MOTHER, 0).avatar(MOTHER, H0, 1, nickname="Rosalind")
    for number in range(friends - 1):
        story.befriends("R", f"f{number}", 2).profile(f"f{number}", 3, signature=f"number {number}")
    story.avatar("S", picture, 4, nickname="Bob").requests(DAY)
    assert gate(story.play())[0] == (DAY, outcome)
