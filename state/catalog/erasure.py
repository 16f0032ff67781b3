"""States of what an erasure has to find: acquaintances, and the markers of erased accounts."""

from collections.abc import Mapping
from typing import Final

from state.catalog.retention import UNTIL_ERASURE
from state.codecs import NUMBER
from state.entries.relationship import DATED_IDS_CODEC
from state.spec import MapSpec

ACQUAINTANCES: Final[MapSpec[str, Mapping[str, int]]] = MapSpec(
    "acquaintances",
    str,
    DATED_IDS_CODEC,
    entry="account",
    holds="the accounts that it is paired with, by a relation (`acquaintance`) or a comparison (`encounter`), each "
    "with the time of its latest sign of life",
    kept=UNTIL_ERASURE,
    bound="none: pairs of accounts",
    at_bound="none: one short row a pair, until an erasure needs it",
)
ERASED: Final[MapSpec[str, int]] = MapSpec(
    "erased",
    str,
    NUMBER,
    entry="empty for the key itself, else the hash of an account's id",
    holds="when the account was erased",
    kept="`common.erasure_marker_ms`; in `impersonation` twice `avatar_impersonation.repeat_after_ms` if longer",
    bound="erasures in `common.erasure_marker_ms`, or in the longer time of `impersonation`",
    at_bound="the oldest entry expires",
)
