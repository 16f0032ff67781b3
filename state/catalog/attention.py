"""States of follows and positions: followers of an object, whereabouts, cells of the location grid."""

from typing import Final

from state.codecs import MARK, NUMBER
from state.entries.attention import (
    FOLLOW_CODEC,
    INQUIRY_CODEC,
    POSITION_CODEC,
    SERVICE_CODEC,
    WATCH_CODEC,
    WHEREABOUTS_CODEC,
    Follow,
    Inquiry,
    Position,
    Service,
    Watch,
    Whereabouts,
)
from state.entries.relationship import IDS_CODEC
from state.spec import ONE_ENTRY, MapSpec

_LATEST: Final = "the latest only"
_FOLLOWED: Final = "until the follow ends"
_LIVE: Final = "`event_group.location_ttl_ms`"

FOLLOWS: Final[MapSpec[str, Follow]] = MapSpec(
    "follows",
    str,
    FOLLOW_CODEC,
    entry="follower",
    holds="status, relation, times and consent version of the follow",
    kept="until revoked, and `common.removal_memory_ms` more; pending: `follow_pending_ms`",
    bound="`event_group.follow_pending_at_most` pending ones, and those that end in `common.removal_memory_ms`; none "
    "for those that the account has accepted",
    at_bound="a further request is counted as `follow-beyond-limit`; the oldest ended one expires",
)
PENDING_UNTIL: Final[MapSpec[int, tuple[str, ...]]] = MapSpec(
    "pending-until",
    int,
    IDS_CODEC,
    entry="deadline",
    holds="the followers whose requests expire then",
    kept="until answered or due",
    bound="the pending follows",
    at_bound="as `follows`",
)
ACTIVE_COUNT: Final[MapSpec[str, int]] = MapSpec(
    "active-count",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="the number of active follows",
    kept=_FOLLOWED,
    bound="one entry",
    at_bound="it is replaced",
)
PENDING_COUNT: Final[MapSpec[str, int]] = MapSpec(
    "pending-count",
    str,
    NUMBER,
    entry=ONE_ENTRY,
    holds="the number of pending follows, without those of release 0.2.0",
    kept="until answered or due",
    bound="one entry",
    at_bound="it is replaced",
)
WATCHERS: Final[MapSpec[str, Watch]] = MapSpec(
    "watchers",
    str,
    WATCH_CODEC,
    entry="follower",
    holds="since when the follow is active, and the consent version",
    kept=_FOLLOWED,
    bound="none: follows that the account has accepted",
    at_bound="none: costs disk, and a search for followers names all",
)
INQUIRIES: Final[MapSpec[str, Inquiry]] = MapSpec(
    "inquiries",
    str,
    INQUIRY_CODEC,
    entry="incident",
    holds="its subscription to changes of the object's followers",
    kept="`event_group.group_life_ms`",
    bound="incidents about the account in `event_group.group_life_ms`",
    at_bound="the oldest entry expires",
)
FINDS: Final[MapSpec[int, int]] = MapSpec(
    "finds",
    int,
    NUMBER,
    entry="day",
    holds="how many searches have found the object by its location",
    kept="7 d",
    bound="seven days",
    at_bound="the oldest entry expires",
)

WHEREABOUTS: Final[MapSpec[str, Whereabouts]] = MapSpec(
    "whereabouts",
    str,
    WHEREABOUTS_CODEC,
    entry=ONE_ENTRY,
    holds="the latest position, and the cell that holds it",
    kept=_LIVE,
    bound="one entry",
    at_bound="it is replaced",
)
WATCHED: Final[MapSpec[str, bool]] = MapSpec(
    "watched",
    str,
    MARK,
    entry=ONE_ENTRY,
    holds="a mark: the account has an active follower",
    kept=_FOLLOWED,
    bound="one entry",
    at_bound="it is replaced",
)
SERVICE_AREA: Final[MapSpec[str, Service]] = MapSpec(
    "service-area",
    str,
    SERVICE_CODEC,
    entry=ONE_ENTRY,
    holds="the area that an organisation serves",
    kept=_LATEST,
    bound="one entry",
    at_bound="it is replaced",
)

LIVE: Final[MapSpec[str, Position]] = MapSpec(
    "live",
    str,
    POSITION_CODEC,
    entry="account",
    holds="its latest position and time",
    kept=_LIVE,
    bound="accounts in the cell within `event_group.location_ttl_ms`",
    at_bound="the oldest entry expires",
)
SERVICES: Final[MapSpec[str, Service]] = MapSpec(
    "services",
    str,
    SERVICE_CODEC,
    entry="organisation",
    holds="the area and the kinds of incident that it serves",
    kept=_LATEST,
    bound="none: organisations that serve the cell",
    at_bound="none: an organisation has one area",
)
SWEEP: Final[MapSpec[str, bool]] = MapSpec(
    "sweep",
    str,
    MARK,
    entry=ONE_ENTRY,
    holds="a mark: a cleanup timer is set",
    kept="while an account is in the cell",
    bound="one entry",
    at_bound="it is replaced",
)
