"""The model that ships: weights, thresholds by script, and the triggers of the first look."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from operators.policy.keywords import FALSE_ALARMS
from operators.recogniser.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from operators.policy.keywords import FalseAlarms

FLOOR: Final = 400
"""The score of the weakest sign that is reported; `AT_THRESHOLD` is that of a hit."""
AT_THRESHOLD: Final = 1000
MOST: Final = 10_000
TRIGGERS_NEEDED: Final = 2
WEIGHTS_FILE, LEVELS_FILE = "weights.bin", "model.json"


@dataclass(frozen=True, slots=True)
class Levels:
    """What a text of a script must reach: `floor` to be reported, `thresholds` to be a hit, one for each rate."""

    floor: int
    thresholds: tuple[int, ...]

    def score(self, level: int, rate: FalseAlarms) -> int:
        """Return the score of a level that is not below the floor."""
        span = self.thresholds[FALSE_ALARMS.index(rate)] - self.floor
        return min(FLOOR + (AT_THRESHOLD - FLOOR) * (level - self.floor) // span, MOST)


@dataclass(frozen=True)
class Model:
    """Learned weights, and what their sums mean."""

    version: int
    weights: NDArray[np.int8]
    levels: Mapping[Script, Levels]
    triggers: tuple[str, ...]
    """What a text must have `TRIGGERS_NEEDED` of, in their skeletons (FA-67), to be read at all."""
    words: tuple[str, ...]
    """Words in Latin letters, folded, the most frequent first."""

    @property
    def name(self) -> str:
        """The name under which decisions refer to it."""
        return f"semantic-{self.version}"


@cache
def shipped_model() -> Model:
    """Return the model that ships."""
    folder = files("operators.recogniser").joinpath("model")
    told = json.loads(folder.joinpath(LEVELS_FILE).read_text("utf-8"))
    levels = {Script[name]: Levels(each["floor"], tuple(each["thresholds"])) for name, each in told["levels"].items()}
    weights = np.frombuffer(folder.joinpath(WEIGHTS_FILE).read_bytes(), dtype=np.int8)
    return Model(told["version"], weights, levels, tuple(told["triggers"]), tuple(told["words"].split()))
