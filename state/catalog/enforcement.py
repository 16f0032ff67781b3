"""States of enforcement: risk windows of a subject, limits on commands, delayed commands."""

from typing import Final

from state.codecs import NUMBER
from state.entries.enforcement import (
    DELAYED_CODEC,
    RELEASE_TIMES_CODEC,
    TALLY_CODEC,
    WINDOWS_CODEC,
    Delayed,
    ReleaseTimes,
    Tally,
    Windows,
)
from state.spec import ONE_ENTRY, MapSpec

WINDOWS: Final[MapSpec[str, Windows]] = MapSpec(
    "windows",
    str,
    WINDOWS_CODEC,
    entry=ONE_ENTRY,
    holds="the open windows, with the risk decisions in each",
    kept="until the window's end",
    bound="one entry: 1,000 decisions a window",
    at_bound="further ones are counted",
)
CAPPED: Final[MapSpec[str, Tally]] = MapSpec(
    "capped",
    str,
    TALLY_CODEC,
    entry="hash of action, subject, and whom is warned how",
    holds="how many commands were to leave in a window, and how many did not since the last",
    kept="two windows of the limit; if it was late, up to `common.removal_memory_ms` more",
    bound="subjects of limited commands in two windows, times those who are warned",
    at_bound="the window ends",
)
COUNTED: Final[MapSpec[str, int]] = MapSpec(
    "counted",
    str,
    NUMBER,
    entry="action, start and length of the window",
    holds="how many commands were emitted",
    kept="until the window's end",
    bound="`limits` of the policy",
    at_bound="the window ends",
)
DELAYED_ABOUT: Final[MapSpec[str, ReleaseTimes]] = MapSpec(
    "delayed-about",
    str,
    RELEASE_TIMES_CODEC,
    entry="pseudonym of the account that commands are about",
    holds="when they leave",
    kept="until they are released",
    bound="as `delayed`",
    at_bound="as `delayed`",
)
DELAYED: Final[MapSpec[int, Delayed]] = MapSpec(
    "delayed",
    int,
    DELAYED_CODEC,
    entry="time of release",
    holds="commands",
    kept="until they are released",
    bound="commands within `enforcement.delay_at_most_ms`",
    at_bound="they are released",
)
