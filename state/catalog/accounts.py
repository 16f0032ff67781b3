"""States of an account itself: linked accounts, profile, audience."""

from typing import Final

from state.catalog.retention import REMOVAL_MEMORY
from state.codecs import NUMBER
from state.entries.profiles import (
    ONLOOKER_CODEC,
    PROFILE_CODEC,
    ROLL_CODEC,
    SPREADING_CODEC,
    Onlooker,
    Profile,
    Roll,
    Spreading,
)
from state.entries.relationship import IDS_CODEC, LINKS_CODEC, SUSPECTED_CODEC, Links, Suspected
from state.spec import ONE_ENTRY, MapSpec

LINKS: Final[MapSpec[str, Links]] = MapSpec(
    "links",
    str,
    LINKS_CODEC,
    entry=ONE_ENTRY,
    holds="the alternate accounts, by application and account there",
    kept="until unlinked",
    bound="one entry of 100 alternate accounts",
    at_bound="a further one is not accepted, and counted as `link-beyond-limit`",
)
REMOVED_LINKS: Final[MapSpec[str, int]] = MapSpec(
    "removed-links",
    str,
    NUMBER,
    entry="application, alternate account",
    holds="when it was unlinked",
    kept=REMOVAL_MEMORY,
    bound="what is unlinked in `common.removal_memory_ms`",
    at_bound="the oldest entry expires",
)
SUSPECTED: Final[MapSpec[str, Suspected]] = MapSpec(
    "suspected",
    str,
    SUSPECTED_CODEC,
    entry=ONE_ENTRY,
    holds="when the account began to write suspicious messages, and when it wrote the latest",
    kept="`friendship_age.link_age_ms`",
    bound="one entry",
    at_bound="it is replaced",
)
ASKED: Final[MapSpec[str, int]] = MapSpec(
    "asked",
    str,
    NUMBER,
    entry="recipient, application, alternate account",
    holds="until when a verification can be open",
    kept="until the verification's late window has ended",
    bound="recipients who verify by the account at a time",
    at_bound="the entry expires with the verification",
)
BEGUN: Final[MapSpec[str, int]] = MapSpec(
    "begun",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="when an account of the same id was erased",
    kept="the longest of `friendship_age.conversation.window_ms`, `avatar_impersonation.both_directions_ms`, "
    "`strangers.contact_memory_ms` and 30 d, `strangers.repeat_after_ms`",
    bound="one entry",
    at_bound="it is replaced",
)

PROFILE: Final[MapSpec[str, Profile]] = MapSpec(
    "profile",
    str,
    PROFILE_CODEC,
    entry=ONE_ENTRY,
    holds="the account's profile, with earlier avatars",
    kept="latest; an avatar that counts no more: until the next change",
    bound="one entry: `previous_avatars` pictures, the 8 latest common ones, and 4 common names",
    at_bound="the oldest is dropped",
)
AUDIENCE: Final[MapSpec[str, Onlooker]] = MapSpec(
    "audience",
    str,
    ONLOOKER_CODEC,
    entry="other account",
    holds="the lists of that account that this one is on, and that account's page",
    kept="while on a list",
    bound="none: accounts that list this one",
    at_bound="none: costs disk, and no event reads all",
)
AUDIENCE_PAGES: Final[MapSpec[int, tuple[str, ...]]] = MapSpec(
    "audience-pages",
    int,
    IDS_CODEC,
    entry="page number",
    holds="the accounts on the page, once one page does not hold all",
    kept="while on a list",
    bound="none: accounts that list this one, by the page",
    at_bound="none: costs disk; one page is read at a time",
)
AUDIENCE_ROLL: Final[MapSpec[str, Roll]] = MapSpec(
    "audience-roll",
    str,
    ROLL_CODEC,
    entry=ONE_ENTRY,
    holds="the size of the audience, and the number of pages",
    kept="while on a list",
    bound="one entry",
    at_bound="it is replaced",
)
LEFT_AUDIENCE: Final[MapSpec[str, int]] = MapSpec(
    "left-audience",
    str,
    NUMBER,
    entry="kind of list, other account",
    holds="when that account removed this one",
    kept=REMOVAL_MEMORY,
    bound="who removes the account in `common.removal_memory_ms`",
    at_bound="the oldest entry expires",
)
SPREADING: Final[MapSpec[int, Spreading]] = MapSpec(
    "spreading",
    int,
    SPREADING_CODEC,
    entry="time of the change",
    holds="the event, and the pages of the audience still to be notified",
    kept="until the whole audience is notified",
    bound="changes of the account that are under way",
    at_bound="the entry ends with its last page",
)
