"""States of avatars and names: those of an account, and the accounts that show a picture or bear a name."""

from typing import Final

from state.codecs import NUMBER
from state.entries.profiles import (
    CROWD_CODEC,
    SHOWN_CODEC,
    Crowd,
    Shown,
)
from state.spec import ONE_ENTRY, MapSpec

SHOWN: Final[MapSpec[str, Shown]] = MapSpec(
    "shown",
    str,
    SHOWN_CODEC,
    entry=ONE_ENTRY,
    holds="the picture shown now, and earlier ones; the hash of the name borne now; since when the account is known, "
    "hashes of its first friends, whether it is established",
    kept="latest; what is known of the account until its erasure",
    bound="one entry: `previous_avatars` pictures, `popular_friends` hashes",
    at_bound="the oldest picture is dropped; the account has friends enough",
)


NEWCOMERS: Final[MapSpec[str, int]] = MapSpec(
    "newcomers",
    str,
    NUMBER,
    entry="account",
    holds="since when an account that is not established shows the picture or bears the name",
    kept="while shown, until the account is established or it is common",
    bound="accounts that show it, until it is common",
    at_bound="it is common, and they are forgotten",
)


HOLDERS: Final[MapSpec[str, int]] = MapSpec(
    "holders",
    str,
    NUMBER,
    entry="account",
    holds="since when it shows the picture, or bears the name, and is established",
    kept="while shown, until it is common",
    bound="accounts that show it, until it is common",
    at_bound="it is common, and they are forgotten",
)


EARLIER_HOLDERS: Final[MapSpec[str, int]] = MapSpec(
    "earlier-holders",
    str,
    NUMBER,
    entry="account",
    holds="when it stopped showing the picture",
    kept="while a replaced avatar may count (AI-19)",
    bound="who stops showing the picture while it may count",
    at_bound="the oldest entry expires",
)


CROWD: Final[MapSpec[str, Crowd]] = MapSpec(
    "crowd",
    str,
    CROWD_CODEC,
    entry=ONE_ENTRY,
    holds="how many accounts show the picture, or bear the name, and since when it is common",
    kept="while shown; once common, for ever",
    bound="one entry",
    at_bound="it is replaced",
)
