"""Thresholds by script, from the levels of harmless texts that a model has not learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from operators.policy.keywords import FALSE_ALARMS
from operators.recogniser.model import Levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.int64]

_MESSAGES: Final = 10_000
ABOUT_MONEY: Final = 50
"""Harmless messages about money, codes or the like may be flagged so many times as often as chat."""
_FEWEST: Final = 1_000
"""Chat messages without which only the hard ones decide: of fewer, not even the highest level says much."""
_FLOOR_CHAT, _FLOOR_HARD = 1 / 125, 2 / 5
"""Share of harmless messages that are above the floor."""


def calibrate(chat: Column, hard: Column, times: int = ABOUT_MONEY) -> Levels:
    """Return the levels of a script, from those of its real chat messages and of its hard harmless texts.

    Of the hard ones so many times the share of the chat messages may be flagged.
    """
    chat, hard = np.sort(chat)[::-1], np.sort(hard)[::-1]
    shares = [rate / _MESSAGES for rate in FALSE_ALARMS]
    thresholds = tuple(_reached_by(chat, hard, share, share * times) for share in shares)
    return Levels(min(_reached_by(chat, hard, _FLOOR_CHAT, _FLOOR_HARD), thresholds[-1] - 1), thresholds)


def _reached_by(chat: Column, hard: Column, chat_share: float, hard_share: float) -> int:
    """Return the level that at most these shares of the levels, sorted from the highest, reach."""
    highest = [(hard, hard_share), *([(chat, chat_share)] if len(chat) >= _FEWEST else [])]
    return max(int(levels[int(len(levels) * share)]) + 1 for levels, share in highest)
