"""Everything that is remembered, in one place: the states of every step. Key: the step's.

| step | key | state | entry | what it holds |
|---|---|---|---|---|
| acquaintance | shard of pairs | `acquaintances` | account | whom it has met, and when it was last heard of with each |
| avatar | account | `shown` | – | which picture it shows now, and which ones it did before |
| popularity | picture | `holders`, `earlier-holders` | account | since when it shows the picture; when it ceased to |
| | | `crowd` | – | how many do; since when they are too many |
| account | account | `links` | – | the alternate accounts, by application and account there |
| | | `removed-links` | application, alternate account | when it was unlinked |
| | | `asked` | recipient, application, alternate account | until when its verification can be open |
| | | `profile` | – | how the account shows itself, with earlier avatars |
| | | `audience` | other account | who has it on a list, and on which page that one is |
| | | `audience-pages` | page | who stands there, where one page is not enough for all |
| | | `audience-roll` | – | how many there are, and how many pages |
| | | `left-audience` | kind of list, other account | when that one took it off |
| | | `spreading` | time of the change | how far a change has been told |
| relationship | protected account | `friends` | friend | since when |
| | | `removed-friends` | former friend | when the friendship ended |
| | | `alert-number` | – | where the account wants to be warned |
| | | `blocks` | sender | who is blocked, and why |
| | | `pairs` | sender | verification pending, cool-down, not-genuine mark, trust |
| | | `verifications` | verification | what was asked, when, of whom |
| | | `faces` | one of the parts | how the people on its lists show themselves |
| | | `face-parts` | – | how many parts there are, if more than 16 |
| | | `contacts` | contact, kind | since when it is one |
| | | `removed-contacts` | former contact | when it was taken off |
| | | `conversation-hits` | the hash of another account's id | the latest suspicious messages between the two |
| | | `compared` | friend request | with whom the requester was compared |
| encounter | shard of pairs | as acquaintance | | who has been compared with whom |
| gate | requester | `requests` | target | the friend request that waits for answers |
| | | `denials` | target, lookalike | when that one said: not me |
| | | `same-person` | other account | who is known to be the same person, so is not asked |
| impersonation | sender | `aliases` | other account | who is known to be the same person |
| | | `findings` | the hash of recipient, lookalike and both avatars | when it was found |
| | | `barred` | recipient | for whom a finding blocked the account |
| popular-picture | picture | `told` | – | when people were told that it is common |
| standing | account | `groups` | group | when the group last had something to do with the account |
| | | `charge` | – | the latest finding that makes group messages hits |
| group | group | `group` | – | how many nodes, how many members |
| | | `nodes` | number | one stay of one account |
| | | `children` | parent, place | a child of a node |
| | | `grafts` | number of a former root | in which tree it stands now |
| | | `current-nodes` | account | its current node, else its latest tombstone |
| | | `departures` | account | when it left, of one that has no node or has left before |
| | | `roles` | account | owner, administrator or member |
| | | `inviters` | account | how many it has let in |
| | | `admitted-roots` | account, place | a root that it has let in |
| | | `hits`, `reports` | account | what counts towards the target condition |
| | | `sanctions` | account, action | since when, until when, by which decision |
| | | `bans-on-return` | account | the same, for one who has left |
| | | `cases` | offender | the latest case |
| | | `case-windows` | start of the window | how many accounts were associated members |
| | | `treatments` | start of the window, account | what was done to it |
| risk-window | subject | `windows` | – | the open windows, with the risk decisions in each |
| following | object | `follows` | follower | how things stand between the two |
| | | `pending-until` | deadline | whose requests end then |
| | | `active-count` | – | how many follows are active |
| journey | account | `whereabouts` | – | where it was last, and which cell knows |
| | | `watched` | – | whether anybody watches over it |
| | | `service-area` | – | which area an organisation serves |
| incident-desk | shard of incidents | `filed` | incident | the report |
| | | `filed-about` | account | the incidents whose reports name it |
| | | `asked-before` | incident, request | when an identification was asked for |
| reporter | reporter | `reported` | incident | when it was reported |
| | | `rejections` | incident | when an auditor rejected it |
| vicinity | cell of the location grid | `live` | account | where it was last, and when |
| | | `services` | organisation | the area and the kinds that it serves |
| | | `sweep` | – | that an alarm is set |
| matching | shard of objects | `traits` | object | by what it is recognised |
| | | `watched-since` | object, follower | since when the follow is active |
| watchers | object | `watchers` | follower | since when, and the consent version |
| | | `inquiries` | incident | that it wants to hear of changes |
| event-group | shard of kinds of incident | `incidents` | incident | its life, place, kind and people |
| | | `people` | incident, account | roles, prompts, answers |
| | | `places` | kind, cell | incidents under audit or open |
| | | `agenda` | time | what is due then |
| | | `found` | incident, event, who answers | an answer that waits for its cause |
| | | `found-by` | incident, event | who has answered |
| | | `mentioned-in` | account | the incidents that know it |
| limit | one for all | `counted` | action, start and length of the window | how many commands have left |
| | shard of decisions | `delayed` | when they leave | commands |
| those that hold accounts | – | `erased` | empty: the key; else the hash of an account's id | when it was erased |

Of a key only its pseudonym is written (`state.pseudonym`). Names live in savepoints: renaming one is a migration. An
entry of several ids joins them with U+001F, which no id has.
"""

from collections.abc import Mapping
from typing import Final

from schemas.records import Record
from state.codecs import MARK, NUMBER
from state.entries.appearances import FACES_ENTRY, Faces
from state.entries.attention import (
    FOLLOW,
    INQUIRY,
    POSITION,
    SERVICE,
    TRAITS_ENTRY,
    WATCH,
    WHEREABOUTS_ENTRY,
    Follow,
    Inquiry,
    Position,
    Service,
    Traits,
    Watch,
    Whereabouts,
)
from state.entries.enforcement import DELAYED_ENTRY, WINDOWS_ENTRY, Delayed, Windows
from state.entries.event_group import FILED_ENTRY, FINDING, INCIDENT, PERSON, Filed, Incident, Person
from state.entries.invite_forest import (
    CASE,
    CASE_WINDOW,
    CHARGE,
    GRAFT,
    GROUP_ENTRY,
    HELD,
    INVITER,
    NODE,
    ROLE,
    SIGNS,
    TREATMENT,
    Case,
    CaseWindow,
    Charge,
    Graft,
    Group,
    Held,
    Inviter,
    Node,
    Role,
    Signs,
    Treatment,
)
from state.entries.profiles import (
    ALIAS_ENTRY,
    COMPARISON_ENTRY,
    CROWD_ENTRY,
    HITS_ENTRY,
    ONLOOKER_ENTRY,
    PROFILE_ENTRY,
    REQUEST_ENTRY,
    ROLL_ENTRY,
    SHOWN_ENTRY,
    SPREADING_ENTRY,
    Alias,
    Comparison,
    Crowd,
    Hits,
    Onlooker,
    Profile,
    Request,
    Roll,
    Shown,
    Spreading,
)
from state.entries.relationship import (
    ALERT_NUMBER_ENTRY,
    BLOCK,
    DATED_IDS,
    FRIENDSHIP,
    IDS,
    LINKS_ENTRY,
    PAIR,
    VERIFICATION,
    AlertNumber,
    Block,
    Friendship,
    Links,
    Pair,
    Verification,
)
from state.spec import MapSpec

JOINT: Final = "\x1f"
SELF: Final = ""
"""The entry of a state that has only one, and the key itself among the erased."""

_REMOVAL: Final = "`common.removal_memory_ms`"
_ERASURE: Final = "until one of the two accounts is erased"

ACQUAINTANCES: Final[MapSpec[str, Mapping[str, int]]] = MapSpec("acquaintances", str, DATED_IDS, kept=_ERASURE)

LINKS: Final[MapSpec[str, Links]] = MapSpec("links", str, LINKS_ENTRY, kept="until unlinked")
REMOVED_LINKS: Final[MapSpec[str, int]] = MapSpec("removed-links", str, NUMBER, kept=_REMOVAL)
ASKED: Final[MapSpec[str, int]] = MapSpec("asked", str, NUMBER, kept="until the verification's late window has ended")
ERASED: Final[MapSpec[str, int]] = MapSpec("erased", str, NUMBER, kept="`common.erasure_marker_ms`")

SHOWN: Final[MapSpec[str, Shown]] = MapSpec("shown", str, SHOWN_ENTRY, kept="latest")
HOLDERS: Final[MapSpec[str, int]] = MapSpec("holders", str, NUMBER, kept="while shown, until the picture is common")
EARLIER_HOLDERS: Final[MapSpec[str, int]] = MapSpec("earlier-holders", str, NUMBER, kept="while it may count (AI-19)")
CROWD: Final[MapSpec[str, Crowd]] = MapSpec("crowd", str, CROWD_ENTRY, kept="while shown; once common, for ever")

PROFILE: Final[MapSpec[str, Profile]] = MapSpec("profile", str, PROFILE_ENTRY, kept="latest; avatars: those that count")
AUDIENCE: Final[MapSpec[str, Onlooker]] = MapSpec("audience", str, ONLOOKER_ENTRY, kept="while on a list")
AUDIENCE_PAGES: Final[MapSpec[int, tuple[str, ...]]] = MapSpec("audience-pages", int, IDS, kept="while on a list")
AUDIENCE_ROLL: Final[MapSpec[str, Roll]] = MapSpec("audience-roll", str, ROLL_ENTRY, kept="while on a list")
LEFT_AUDIENCE: Final[MapSpec[str, int]] = MapSpec("left-audience", str, NUMBER, kept=_REMOVAL)
SPREADING: Final[MapSpec[int, Spreading]] = MapSpec("spreading", int, SPREADING_ENTRY, kept="until all are told")

FRIENDS: Final[MapSpec[str, Friendship]] = MapSpec("friends", str, FRIENDSHIP, kept="until removed")
REMOVED_FRIENDS: Final[MapSpec[str, int]] = MapSpec("removed-friends", str, NUMBER, kept=_REMOVAL)
ALERT_NUMBER: Final[MapSpec[str, AlertNumber]] = MapSpec("alert-number", str, ALERT_NUMBER_ENTRY, kept="latest")
BLOCKS: Final[MapSpec[str, Block]] = MapSpec("blocks", str, BLOCK, kept="until unblocked")
PAIRS: Final[MapSpec[str, Pair]] = MapSpec("pairs", str, PAIR, kept="until the last of its marks has ended")
VERIFICATIONS: Final[MapSpec[str, Verification]] = MapSpec(
    "verifications",
    str,
    VERIFICATION,
    kept="until its deadline and `friendship_age.late_answer_ms` more",
    waits=lambda asked: not asked.outcome,
)

WINDOWS: Final[MapSpec[str, Windows]] = MapSpec("windows", str, WINDOWS_ENTRY, kept="until the window's end")
_GROUP_LIFE: Final = "life of the group"
_WINDOW_END: Final = "until the case window's end"

GROUPS: Final[MapSpec[str, int]] = MapSpec("groups", str, NUMBER, kept="until the account is erased")
CHARGES: Final[MapSpec[str, Charge]] = MapSpec("charge", str, CHARGE, kept="`invite_forest.condition.finding_for_ms`")

GROUP: Final[MapSpec[str, Group]] = MapSpec("group", str, GROUP_ENTRY, kept=_GROUP_LIFE)
NODES: Final[MapSpec[int, Node]] = MapSpec("nodes", int, NODE, kept=f"{_GROUP_LIFE}; nameless once erased")
CHILDREN: Final[MapSpec[str, int]] = MapSpec("children", str, NUMBER, kept=_GROUP_LIFE)
GRAFTS: Final[MapSpec[int, Graft]] = MapSpec("grafts", int, GRAFT, kept=_GROUP_LIFE)
CURRENT_NODES: Final[MapSpec[str, int]] = MapSpec("current-nodes", str, NUMBER, kept="until the account is erased")
DEPARTURES: Final[MapSpec[str, int]] = MapSpec("departures", str, NUMBER, kept=_REMOVAL)
ROLES: Final[MapSpec[str, Role]] = MapSpec("roles", str, ROLE, kept=_GROUP_LIFE)
INVITERS: Final[MapSpec[str, Inviter]] = MapSpec("inviters", str, INVITER, kept=_GROUP_LIFE)
ADMITTED_ROOTS: Final[MapSpec[str, int]] = MapSpec("admitted-roots", str, NUMBER, kept=_GROUP_LIFE)
HITS: Final[MapSpec[str, Signs]] = MapSpec("hits", str, SIGNS, kept="`invite_forest.condition.hits_within_ms`")
REPORTS: Final[MapSpec[str, Signs]] = MapSpec("reports", str, SIGNS, kept="`invite_forest.condition.reports_within_ms`")
SANCTIONS: Final[MapSpec[str, Held]] = MapSpec("sanctions", str, HELD, kept="until it ends or is lifted")
BANS_ON_RETURN: Final[MapSpec[str, Held]] = MapSpec("bans-on-return", str, HELD, kept="as sanctions")
CASES: Final[MapSpec[str, Case]] = MapSpec(
    "cases", str, CASE, kept="until its window, its ban and `invite_forest.repeat_within_ms` have ended"
)
CASE_WINDOWS: Final[MapSpec[int, CaseWindow]] = MapSpec("case-windows", int, CASE_WINDOW, kept=_WINDOW_END)
TREATMENTS: Final[MapSpec[str, Treatment]] = MapSpec("treatments", str, TREATMENT, kept=_WINDOW_END)

_LATEST: Final = "the latest only"
_FOLLOWED: Final = "until the follow ends"
_LIVE: Final = "`event_group.location_ttl_ms`"
_WITH_INCIDENT: Final = "until `event_group.keep_after_close_ms` after the group's closing"
_AT_ONCE: Final = "until its event time has passed"

FOLLOWS: Final[MapSpec[str, Follow]] = MapSpec(
    "follows", str, FOLLOW, kept="until revoked, and `common.removal_memory_ms` more; pending: `follow_pending_ms`"
)
PENDING_UNTIL: Final[MapSpec[int, tuple[str, ...]]] = MapSpec("pending-until", int, IDS, kept="until answered or due")
ACTIVE_COUNT: Final[MapSpec[str, int]] = MapSpec("active-count", str, NUMBER, kept=_FOLLOWED)

WHEREABOUTS: Final[MapSpec[str, Whereabouts]] = MapSpec("whereabouts", str, WHEREABOUTS_ENTRY, kept=_LIVE)
WATCHED: Final[MapSpec[str, bool]] = MapSpec("watched", str, MARK, kept=_FOLLOWED)
SERVICE_AREA: Final[MapSpec[str, Service]] = MapSpec("service-area", str, SERVICE, kept=_LATEST)

FILED: Final[MapSpec[str, Filed]] = MapSpec("filed", str, FILED_ENTRY, kept="as long as anything can follow the report")
FILED_ABOUT: Final[MapSpec[str, tuple[str, ...]]] = MapSpec("filed-about", str, IDS, kept="as long as the report")
ASKED_BEFORE: Final[MapSpec[str, int]] = MapSpec("asked-before", str, NUMBER, kept="as long as the report")

REPORTED: Final[MapSpec[str, int]] = MapSpec("reported", str, NUMBER, kept="24 h")
REJECTIONS: Final[MapSpec[str, int]] = MapSpec("rejections", str, NUMBER, kept="30 d")

LIVE: Final[MapSpec[str, Position]] = MapSpec("live", str, POSITION, kept=_LIVE)
SERVICES: Final[MapSpec[str, Service]] = MapSpec("services", str, SERVICE, kept=_LATEST)
SWEEP: Final[MapSpec[str, bool]] = MapSpec("sweep", str, MARK, kept="as long as anybody is in the cell")

TRAITS: Final[MapSpec[str, Traits]] = MapSpec("traits", str, TRAITS_ENTRY, kept="until changed")
WATCHED_SINCE: Final[MapSpec[str, int]] = MapSpec("watched-since", str, NUMBER, kept=_FOLLOWED)

WATCHERS: Final[MapSpec[str, Watch]] = MapSpec("watchers", str, WATCH, kept=_FOLLOWED)
INQUIRIES: Final[MapSpec[str, Inquiry]] = MapSpec("inquiries", str, INQUIRY, kept="`event_group.group_life_ms`")

INCIDENTS: Final[MapSpec[str, Incident]] = MapSpec("incidents", str, INCIDENT, kept=_WITH_INCIDENT)
PEOPLE: Final[MapSpec[str, Person]] = MapSpec("people", str, PERSON, kept=_WITH_INCIDENT)
PLACES: Final[MapSpec[str, tuple[str, ...]]] = MapSpec("places", str, IDS, kept="while under audit or open")
AGENDA: Final[MapSpec[int, tuple[str, ...]]] = MapSpec("agenda", int, IDS, kept="until it is due")
FOUND: Final[MapSpec[str, Record]] = MapSpec("found", str, FINDING, kept=_AT_ONCE)
FOUND_BY: Final[MapSpec[str, tuple[str, ...]]] = MapSpec("found-by", str, IDS, kept=_AT_ONCE)
MENTIONED_IN: Final[MapSpec[str, tuple[str, ...]]] = MapSpec("mentioned-in", str, IDS, kept=_WITH_INCIDENT)
COUNTED: Final[MapSpec[str, int]] = MapSpec("counted", str, NUMBER, kept="until the window's end")
DELAYED: Final[MapSpec[int, Delayed]] = MapSpec("delayed", int, DELAYED_ENTRY, kept="until they leave")
FACES: Final[MapSpec[int, Faces]] = MapSpec("faces", int, FACES_ENTRY, kept="while on a list")
FACE_PARTS: Final[MapSpec[str, int]] = MapSpec("face-parts", str, NUMBER, kept="until the account is erased")
CONTACTS: Final[MapSpec[str, Friendship]] = MapSpec("contacts", str, FRIENDSHIP, kept="until removed")
REMOVED_CONTACTS: Final[MapSpec[str, int]] = MapSpec("removed-contacts", str, NUMBER, kept=_REMOVAL)
CONVERSATION_HITS: Final[MapSpec[str, Hits]] = MapSpec(
    "conversation-hits", str, HITS_ENTRY, kept="`avatar_impersonation.both_directions_ms`"
)
COMPARED: Final[MapSpec[str, Comparison]] = MapSpec("compared", str, COMPARISON_ENTRY, kept="until its deadline")

REQUESTS: Final[MapSpec[str, Request]] = MapSpec(
    "requests", str, REQUEST_ENTRY, kept="until decided", waits=lambda _: True
)
DENIALS: Final[MapSpec[str, int]] = MapSpec("denials", str, NUMBER, kept="`friendship_age.gate_denial_memory_ms`")
SAME_PERSON: Final[MapSpec[str, Alias]] = MapSpec("same-person", str, ALIAS_ENTRY, kept=_ERASURE)
ALIASES: Final[MapSpec[str, Alias]] = MapSpec("aliases", str, ALIAS_ENTRY, kept=_ERASURE)
FINDINGS: Final[MapSpec[str, int]] = MapSpec("findings", str, NUMBER, kept="`avatar_impersonation.repeat_after_ms`")
BARRED: Final[MapSpec[str, Block]] = MapSpec("barred", str, BLOCK, kept="until unblocked")
TOLD: Final[MapSpec[str, int]] = MapSpec("told", str, NUMBER, kept="for ever: it holds a hash and a time")


def joint(*parts: str) -> str:
    """Return the entry key of several ids."""
    return JOINT.join(parts)


def parts(entry: str) -> list[str]:
    """Return the ids of an entry key."""
    return entry.split(JOINT)
