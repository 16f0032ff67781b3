"""States of incidents and their groups: reports, features of objects, people, places, search results."""

from typing import Final

from schemas.records import Record
from state.codecs import NUMBER
from state.entries.attention import OBJECT_FEATURES_CODEC, ObjectFeatures
from state.entries.event_group import (
    FILED_CODEC,
    INCIDENT_CODEC,
    INVITATIONS_CODEC,
    PERSON_CODEC,
    SEARCH_RESULT_CODEC,
    Filed,
    Incident,
    Invitations,
    Person,
)
from state.entries.linked import LINKED_CODEC, Linked
from state.entries.relationship import IDS_CODEC
from state.spec import ONE_ENTRY, MapSpec

_FOLLOWED: Final = "until the follow ends"
_WITH_INCIDENT: Final = "until `event_group.keep_after_close_ms` after the group's closing"
_AT_ONCE: Final = "until its event time has passed"
_OF_0_2: Final = "until used once: written by release 0.2.0"

FILED: Final[MapSpec[str, Filed]] = MapSpec(
    "filed",
    str,
    FILED_CODEC,
    entry="incident",
    holds="the report",
    kept="as long as anything can follow the report",
    bound="100 reports of one account, or `event_group.reports_per_day` if that is more",
    at_bound="a further one is refused as `RATE_LIMIT` and not kept (EG-14)",
)
WIDENINGS: Final[MapSpec[int, tuple[str, ...]]] = MapSpec(
    "widenings",
    int,
    IDS_CODEC,
    entry="time",
    holds="the incidents for which people farther away are looked for then",
    kept="until it is due",
    bound="a timer for each step of `event_group.widen` and each incident that is kept",
    at_bound="as `filed`",
)
FILED_ABOUT: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "filed-about",
    str,
    IDS_CODEC,
    entry="account",
    holds="the incidents whose reports name the account, now in `mentions`",
    kept=_OF_0_2,
    bound="what release 0.2.0 has left",
    at_bound="nothing is added",
)
FILED_COUNT: Final[MapSpec[str, int]] = MapSpec(
    "filed-count",
    str,
    NUMBER,
    entry="account",
    holds="how many reports of the account are kept here",
    kept="as long as the report",
    bound="accounts with a report that is kept",
    at_bound="as `filed`",
)
ASKED_BEFORE: Final[MapSpec[str, int]] = MapSpec(
    "asked-before",
    str,
    NUMBER,
    entry="incident, request",
    holds="when an identification was requested",
    kept="as long as the report",
    bound="identification requests while the report is kept",
    at_bound="the entry expires",
)
REPORTED: Final[MapSpec[str, int]] = MapSpec(
    "reported",
    str,
    NUMBER,
    entry="incident",
    holds="when it was reported",
    kept="24 h, or as long as its rejection",
    bound="`event_group.reports_per_day`, and as `rejections`",
    at_bound="a further report is refused and not counted (EG-14)",
)
REJECTIONS: Final[MapSpec[str, int]] = MapSpec(
    "rejections",
    str,
    NUMBER,
    entry="incident",
    holds="when an auditor rejected it",
    kept="30 d",
    bound="reports that auditors reject in 30 d",
    at_bound="the oldest entry expires",
)

INVITATIONS: Final[MapSpec[str, Invitations]] = MapSpec(
    "invitations",
    str,
    INVITATIONS_CODEC,
    entry=ONE_ENTRY,
    holds="who invited the reporter into a group, by the hash of both ids, and when last",
    kept="the latest 100",
    bound="one entry: 100 accounts",
    at_bound="the oldest is dropped",
)

OBJECT_FEATURES: Final[MapSpec[str, ObjectFeatures]] = MapSpec(
    "traits",
    str,
    OBJECT_FEATURES_CODEC,
    entry="object",
    holds="the features that the object is identified by",
    kept="until changed",
    bound="none: one entry an object, of 1,024 features",
    at_bound="a record with more is `OUT_OF_RANGE`",
)
WATCHED_SINCE: Final[MapSpec[str, int]] = MapSpec(
    "watched-since",
    str,
    NUMBER,
    entry="object, follower",
    holds="since when the follow is active",
    kept=_FOLLOWED,
    bound="none: follows that objects of the shard have accepted",
    at_bound="none: one short row a follow",
)

INCIDENTS: Final[MapSpec[str, Incident]] = MapSpec(
    "incidents",
    str,
    INCIDENT_CODEC,
    entry="incident",
    holds="its life cycle, place, kind and people",
    kept=_WITH_INCIDENT,
    bound="`event_group.reports_per_day` of each reporter",
    at_bound="a further report is refused and not kept (EG-14)",
)
PEOPLE: Final[MapSpec[str, Person]] = MapSpec(
    "people",
    str,
    PERSON_CODEC,
    entry="incident, account",
    holds="roles, prompts, answers",
    kept=_WITH_INCIDENT,
    bound="who is found for the incidents that are kept; `event_group.nearby_at_most` of those merely nearby",
    at_bound="further ones are counted (EG-20)",
)
PLACES: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "places",
    str,
    IDS_CODEC,
    entry="kind, cell",
    holds="incidents under audit or open, now in `reported-at`",
    kept="while under audit or open: written by release 0.2.0",
    bound="what release 0.2.0 has left",
    at_bound="nothing is added",
)
REPORTED_AT: Final[MapSpec[str, Linked]] = MapSpec(
    "reported-at",
    str,
    LINKED_CODEC,
    entry="kind, cell, reporter (empty: any), incident",
    holds="a linked set: a reporter's incidents under audit or open, anybody's with an open group",
    kept="while under audit or open",
    bound="as `incidents`",
    at_bound="as `incidents`",
)
AGENDA: Final[MapSpec[int, tuple[str, ...]]] = MapSpec(
    "agenda",
    int,
    IDS_CODEC,
    entry="time",
    holds="what is due then",
    kept="until it is due",
    bound="some timers of each incident that is kept",
    at_bound="as `incidents`",
)
FOUND: Final[MapSpec[str, Record]] = MapSpec(
    "found",
    str,
    SEARCH_RESULT_CODEC,
    entry="incident, event, answerer",
    holds="a search result whose cause has yet to arrive",
    kept=_AT_ONCE,
    bound="results of searches that are under way",
    at_bound="they are dropped once their time has passed",
)
FOUND_BY: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "found-by",
    str,
    IDS_CODEC,
    entry="incident, event",
    holds="the answerers so far",
    kept=_AT_ONCE,
    bound="results of searches that are under way",
    at_bound="they are dropped once their time has passed",
)
MENTIONED_IN: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "mentioned-in",
    str,
    IDS_CODEC,
    entry="account",
    holds="the incidents that hold the account, now in `mentions`",
    kept=_OF_0_2,
    bound="what release 0.2.0 has left",
    at_bound="nothing is added",
)
MENTIONS: Final[MapSpec[str, Linked]] = MapSpec(
    "mentions",
    str,
    LINKED_CODEC,
    entry="account, incident",
    holds="a linked set: the incidents that hold the account",
    kept="as long as the incident",
    bound="1,000 reports that name an account in a shard of the incident desk; together 64,000 of a kind",
    at_bound="it is left out of further reports (EG-22)",
)
