"""States of incidents and their groups: reports, features of objects, people, places, search results."""

from typing import Final

from schemas.records import Record
from state.codecs import NUMBER
from state.entries.attention import OBJECT_FEATURES_CODEC, ObjectFeatures
from state.entries.event_group import (
    FILED_CODEC,
    INCIDENT_CODEC,
    PERSON_CODEC,
    SEARCH_RESULT_CODEC,
    Filed,
    Incident,
    Person,
)
from state.entries.linked import LINKED_CODEC, Linked
from state.entries.relationship import IDS_CODEC
from state.spec import MapSpec

_FOLLOWED: Final = "until the follow ends"
_WITH_INCIDENT: Final = "until `event_group.keep_after_close_ms` after the group's closing"
_AT_ONCE: Final = "until its event time has passed"
_OF_0_2: Final = "until used once: written by release 0.2.0"

FILED: Final[MapSpec[str, Filed]] = MapSpec(
    "filed", str, FILED_CODEC, entry="incident", holds="the report", kept="as long as anything can follow the report"
)
FILED_ABOUT: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "filed-about",
    str,
    IDS_CODEC,
    entry="account",
    holds="the incidents whose reports name the account, now in `mentions`",
    kept=_OF_0_2,
)
FILED_COUNT: Final[MapSpec[str, int]] = MapSpec(
    "filed-count",
    str,
    NUMBER,
    entry="account",
    holds="how many reports of the account are kept here",
    kept="as long as the report",
)
ASKED_BEFORE: Final[MapSpec[str, int]] = MapSpec(
    "asked-before",
    str,
    NUMBER,
    entry="incident, request",
    holds="when an identification was requested",
    kept="as long as the report",
)
REPORTED: Final[MapSpec[str, int]] = MapSpec(
    "reported", str, NUMBER, entry="incident", holds="when it was reported", kept="24 h"
)
REJECTIONS: Final[MapSpec[str, int]] = MapSpec(
    "rejections", str, NUMBER, entry="incident", holds="when an auditor rejected it", kept="30 d"
)

OBJECT_FEATURES: Final[MapSpec[str, ObjectFeatures]] = MapSpec(
    "traits",
    str,
    OBJECT_FEATURES_CODEC,
    entry="object",
    holds="the features that the object is identified by",
    kept="until changed",
)
WATCHED_SINCE: Final[MapSpec[str, int]] = MapSpec(
    "watched-since", str, NUMBER, entry="object, follower", holds="since when the follow is active", kept=_FOLLOWED
)

INCIDENTS: Final[MapSpec[str, Incident]] = MapSpec(
    "incidents",
    str,
    INCIDENT_CODEC,
    entry="incident",
    holds="its life cycle, place, kind and people",
    kept=_WITH_INCIDENT,
)
PEOPLE: Final[MapSpec[str, Person]] = MapSpec(
    "people", str, PERSON_CODEC, entry="incident, account", holds="roles, prompts, answers", kept=_WITH_INCIDENT
)
PLACES: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "places",
    str,
    IDS_CODEC,
    entry="kind, cell",
    holds="incidents under audit or open, now in `reported-at`",
    kept="while under audit or open: written by release 0.2.0",
)
REPORTED_AT: Final[MapSpec[str, Linked]] = MapSpec(
    "reported-at",
    str,
    LINKED_CODEC,
    entry="kind, cell, reporter (empty: any), incident",
    holds="a linked set: a reporter's incidents under audit or open, anybody's with an open group",
    kept="while under audit or open",
)
AGENDA: Final[MapSpec[int, tuple[str, ...]]] = MapSpec(
    "agenda", int, IDS_CODEC, entry="time", holds="what is due then", kept="until it is due"
)
FOUND: Final[MapSpec[str, Record]] = MapSpec(
    "found",
    str,
    SEARCH_RESULT_CODEC,
    entry="incident, event, answerer",
    holds="a search result whose cause has yet to arrive",
    kept=_AT_ONCE,
)
FOUND_BY: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "found-by", str, IDS_CODEC, entry="incident, event", holds="the answerers so far", kept=_AT_ONCE
)
MENTIONED_IN: Final[MapSpec[str, tuple[str, ...]]] = MapSpec(
    "mentioned-in",
    str,
    IDS_CODEC,
    entry="account",
    holds="the incidents that hold the account, now in `mentions`",
    kept=_OF_0_2,
)
MENTIONS: Final[MapSpec[str, Linked]] = MapSpec(
    "mentions",
    str,
    LINKED_CODEC,
    entry="account, incident",
    holds="a linked set: the incidents that hold the account",
    kept="as long as the incident",
)
