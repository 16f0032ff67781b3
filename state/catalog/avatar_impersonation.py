"""States of avatar impersonation: findings against a sender, and notices about common pictures."""

from typing import Final

from state.catalog.retention import UNTIL_ERASURE
from state.codecs import NUMBER
from state.entries.profiles import ALIAS_CODEC, DRIFT_CODEC, Alias, Drift
from state.entries.relationship import BLOCK_CODEC, Block
from state.spec import ONE_ENTRY, MapSpec

ALIASES: Final[MapSpec[str, Alias]] = MapSpec(
    "aliases",
    str,
    ALIAS_CODEC,
    entry="other account",
    holds="a known account of the same person",
    kept=UNTIL_ERASURE,
    bound="none: accounts that others have confirmed as the same person's",
    at_bound="none: each costs an answer",
)
FINDINGS: Final[MapSpec[str, int]] = MapSpec(
    "findings",
    str,
    NUMBER,
    entry="hash of recipient, lookalike and both avatars",
    holds="when the likeness was found",
    kept="`avatar_impersonation.repeat_after_ms`",
    bound="findings in `avatar_impersonation.repeat_after_ms`",
    at_bound="the oldest entry expires",
)
DRIFTS: Final[MapSpec[str, Drift]] = MapSpec(
    "drifts",
    str,
    DRIFT_CODEC,
    entry="hash of recipient and lookalike",
    holds="when a review of the changed profile was requested; the number of findings since",
    kept="twice `avatar_impersonation.repeat_after_ms`",
    bound="friends of friends whom the changed profile has looked like in that time",
    at_bound="the oldest entry expires",
)
BARRED: Final[MapSpec[str, Block]] = MapSpec(
    "barred",
    str,
    BLOCK_CODEC,
    entry="recipient",
    holds="the finding that blocked the account for the recipient",
    kept="until unblocked",
    bound="none: recipients for whom the account is blocked",
    at_bound="none: one entry a recipient",
)
TOLD: Final[MapSpec[str, int]] = MapSpec(
    "told",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="when a review of the first finding was requested that the common picture suppressed",
    kept="for ever: it holds a hash and a time",
    bound="one entry",
    at_bound="it is replaced",
)
