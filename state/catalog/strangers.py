"""States about strangers (step `relationship`): who wrote first, who was warned of."""

from typing import Final

from state.entries.strangers import (
    CONTACT_TALLY_CODEC,
    FIRST_CONTACTS_CODEC,
    STRANGER_FOUND_CODEC,
    ContactTally,
    FirstContacts,
    StrangerFound,
)
from state.spec import ONE_ENTRY, MapSpec

FIRST_CONTACTS: Final[MapSpec[str, FirstContacts]] = MapSpec(
    "first-contacts",
    str,
    FIRST_CONTACTS_CODEC,
    entry="hash of another account's id",
    holds="when each of the two first wrote to the other, by period; friends are left out",
    kept="until neither has written for `strangers.contact_memory_ms`, and up to 90 d more",
    bound="10,000 accounts; 24 periods of either side",
    at_bound="a further account is not remembered, and counted as `contact-beyond-limit`; of periods the second goes",
    by_engine=True,
)
CONTACT_TALLY: Final[MapSpec[str, ContactTally]] = MapSpec(
    "contact-tally",
    str,
    CONTACT_TALLY_CODEC,
    entry=ONE_ENTRY,
    holds="the number of accounts in `first-contacts`, and since when contacts count",
    kept="as long as those",
    bound="one entry",
    at_bound="it is replaced",
    by_engine=True,
)
STRANGERS_FOUND: Final[MapSpec[str, StrangerFound]] = MapSpec(
    "strangers-found",
    str,
    STRANGER_FOUND_CODEC,
    entry="hash of the sender's id",
    holds="when a stranger's suspicious message was decided on",
    kept="`strangers.repeat_after_ms`",
    bound="decisions in `strangers.repeat_after_ms`",
    at_bound="the oldest entry expires",
)
