"""Values of state entries about reviews, and their codecs: what reviewers answered about a decision."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class Answer(Struct, frozen=True, array_like=True):
    """The latest answer of a reviewer."""

    at_ms: int
    upheld: bool
    event_id: str = ""  # decides between answers of one time


class Answers(Struct, frozen=True):
    """The answers about one decision by the hash of their reviewers, and the time of the latest."""

    given: Mapping[str, Answer]
    latest_ms: int
    verdict: str = ""  # what they made of it, by the policy of the latest to arrive; empty: nobody answered


ANSWERS_CODEC: Final = struct_codec(Answers)
