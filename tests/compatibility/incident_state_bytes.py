"""Golden bytes of state about follows, positions and incidents. A line is never edited, as in its test."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from schemas.records import Concern, FollowersFound, Record, Watcher
from state.entries.attention import Follow, Inquiry, ObjectFeatures, Position, Service, Watch, Whereabouts
from state.entries.event_group import Filed, Incident, Invitations, Person
from state.entries.linked import Linked

T = 1_700_000_000_000

PENDING = Follow("PENDING", "mother", T, T, T + 604_800_000, 1)
ENDED = Follow("REVOKED", None, T, T + 5, T + 604_800_000, 3)
LIMITED = Follow("ACTIVE", "mother", T, T + 5, T + 604_800_000, 2, emergencies_only=True)
AREA = Service(48.2, 16.4, 5_000.0, ("accident", "火灾"), ("871e15a5dffffff",), T)
FILED = Filed("accident", "ann", 48.2, 16.4, ("bob", "cy"), T, "v1", audited=True)
NAMELESS = Filed("accident", "", -0.0, 180.0, (), T, "v1")
REQUESTED = Incident("REQUESTED", "accident", 48.2, 16.4, "ann", T, "e1", "v1", ("bob",), "a car")
OPEN = Incident(
    status="OPEN",
    kind="accident",
    latitude=48.2,
    longitude=16.4,
    reporter_id="ann",
    reported_ms=T,
    reported_by="e1",
    policy_version="v1",
    named=("bob",),
    audit_open=False,
    created_ms=T + 1,
    created_by="e2",
    created_decision_id="01b155642952ff0d747d839010bfd476",
    selected=("bob",),
    people=("ann", "bob", "cy"),
)
ASKED = Person(
    status="PROMPTED",
    roles=("FOLLOWER", "NEARBY_USER"),
    follows=("", "bob"),
    versions=(2, 4),
    found_ms=T,
    prompts=1,
    prompted_ms=T,
    deadline_ms=T + 1_800_000,
    prompted_by="e2",
    decision_id="01b155642952ff0d747d839010bfd476",
)
SEARCHED = replace(OPEN, located=("bob",), inviters=("4d3f2e1c0b9a88776655443322110011",))
MERGED = replace(SEARCHED, named=("bob", "cy"), merged_named={"cy": T - 1})
WAITING = replace(ASKED, waits=("cy",), wait_versions=(6,))
USER = Person(status="MEMBER", roles=("EVENT_USER",), found_ms=T, answered_ms=T, joined=True, identifications=3)
ANSWER: Record = FollowersFound(
    event_id="e2",
    at_ms=T,
    incident_id="i",
    kind="accident",
    object_id="bob",
    reason=Concern.NAMED,
    followers=(Watcher(follower_id="cy", since_ms=T, version=2),),
)

GOLDEN: list[tuple[str, str, Any]] = [
    (
        "follows",
        ("0196a750454e44494e47a66d6f74686572cf0000018bcfe56800cf0000018bcfe56800cf0000018bf3f1ec0001"),
        PENDING,
    ),
    ("follows", "0196a75245564f4b4544c0cf0000018bcfe56800cf0000018bcfe56805cf0000018bf3f1ec0003", ENDED),
    (
        "whereabouts",
        ("0194af383731653135613564666666666666cb404819999999999acb4030666666666666cf0000018bcfe56800"),
        Whereabouts("871e15a5dffffff", 48.2, 16.4, T),
    ),
    (
        "follows",
        "0297a6414354495645a66d6f74686572cf0000018bcfe56800cf0000018bcfe56805cf0000018bf3f1ec0002c3",
        LIMITED,
    ),
    ("watched", "01", True),
    (
        "service-area",
        (
            "0196cb404819999999999acb4030666666666666cb40b388000000000092a86163636964656e74a6e781abe781be91af383731653135613564666666666666cf0000018bcfe56800"
        ),
        AREA,
    ),
    (
        "filed",
        (
            "0198a86163636964656e74a3616e6ecb404819999999999acb403066666666666692a3626f62a26379cf0000018bcfe56800a27631c3"
        ),
        FILED,
    ),
    ("filed", "0198a86163636964656e74a0cb8000000000000000cb406680000000000090cf0000018bcfe56800a27631c2", NAMELESS),
    ("filed-about", "0169311f6932", ("i1", "i2")),
    ("asked-before", "01018bcfe56800", T),
    ("pending-until", "01616e6e1f626f62", ("ann", "bob")),
    ("active-count", "0103", 3),
    ("pending-count", "0103", 3),
    ("reported", "01018bcfe56800", T),
    ("rejections", "01018bcfe56800", T),
    ("live", "01404819999999999a40306666666666660000018bcfe5680001", Position(48.2, 16.4, T, watched=True)),
    ("live", "01c056800000000000c066800000000000000000000000000000", Position(-90.0, -180.0, 0, watched=False)),
    (
        "services",
        (
            "0196cb404819999999999acb4030666666666666cb40b388000000000092a86163636964656e74a6e781abe781be91af383731653135613564666666666666cf0000018bcfe56800"
        ),
        AREA,
    ),
    ("sweep", "01", True),
    (
        "traits",
        ("0194c410000102030405060708090a0b0c0d0e0fa131c410000102030405060708090a0b0c0d0e0fcf0000018bcfe56800"),
        ObjectFeatures(bytes(range(16)), "1", bytes(range(16)), T),
    ),
    ("traits", "0194c400a131c400cf0000018bcfe56800", ObjectFeatures(b"", "1", b"", T)),
    ("watched-since", "01018bcfe56800", T),
    ("watchers", "0192cf0000018bcfe5680002", Watch(T, 2)),
    ("watchers", "0293cf0000018bcfe5680002c3", Watch(T, 2, emergencies_only=True)),
    ("inquiries", "0192a86163636964656e74cf0000018bcfe56800", Inquiry("accident", T)),
    (
        "incidents",
        (
            "01dc0010a9524551554553544544a86163636964656e74cb404819999999999acb4030666666666666a3616e6ecf0000018bcfe56800a26531a2763191a3626f62a56120636172c3ffa0a09090"
        ),
        REQUESTED,
    ),
    (
        "incidents",
        (
            "01dc0010a44f50454ea86163636964656e74cb404819999999999acb4030666666666666a3616e6ecf0000018bcfe56800a26531a2763191a3626f62c0c2cf0000018bcfe56801a26532d920303162313535363432393532666630643734376438333930313062666434373691a3626f6293a3616e6ea3626f62a26379"
        ),
        OPEN,
    ),
    (
        "incidents",
        (
            "02dc0012a44f50454ea86163636964656e74cb404819999999999acb4030666666666666a3616e6ecf0000018bcfe56800a26531a2763191a3626f62c0c2cf0000018bcfe56801a26532d920303162313535363432393532666630643734376438333930313062666434373691a3626f6293a3616e6ea3626f62a2637991a3626f6291d9203464336632653163306239613838373736363535343433333232313130303131"
        ),
        SEARCHED,
    ),
    (
        "incidents",
        (
            "03dc0013a44f50454ea86163636964656e74cb404819999999999acb4030666666666666a3616e6ecf0000018bcfe56800a26531a2763192a3626f62a26379c0c2cf0000018bcfe56801a26532d920303162313535363432393532666630643734376438333930313062666434373691a3626f6293a3616e6ea3626f62a2637991a3626f6291d920346433663265316330623961383837373636353534343333323231313030313181a26379cf0000018bcfe567ff"
        ),
        MERGED,
    ),
    ("people", "019da0909090ff00ffffa0a0ffc200", Person()),
    (
        "people",
        (
            "019da850524f4d5054454492a8464f4c4c4f574552ab4e45415242595f5553455292a0a3626f62920204cf0000018bcfe5680001cf0000018bcfe56800cf0000018bd000df40a26532d9203031623135353634323935326666306437343764383339303130626664343736ffc200"
        ),
        ASKED,
    ),
    (
        "people",
        ("019da64d454d42455291aa4556454e545f555345529090cf0000018bcfe5680000ffffa0a0cf0000018bcfe56800c303"),
        USER,
    ),
    (
        "people",
        (
            "029fa850524f4d5054454492a8464f4c4c4f574552ab4e45415242595f5553455292a0a3626f62920204cf0000018bcfe5680001cf0000018bcfe56800cf0000018bd000df40a26532d9203031623135353634323935326666306437343764383339303130626664343736ffc20091a263799106"
        ),
        WAITING,
    ),
    ("places", "0169311f6932", ("i1", "i2")),
    ("agenda", "0161756469743a69311f6c6966653a6932", ("audit:i1", "life:i2")),
    (
        "found",
        (
            "010e466f6c6c6f77657273466f756e6488a86576656e745f6964a26532a561745f6d73cf0000018bcfe56800a46c617465c2ab696e636964656e745f6964a169a46b696e64a86163636964656e74a96f626a6563745f6964a3626f62a6726561736f6ea54e414d4544a9666f6c6c6f776572739183ab666f6c6c6f7765725f6964a26379a873696e63655f6d73cf0000018bcfe56800a776657273696f6e02"
        ),
        ANSWER,
    ),
    (
        "found",
        (
            "020e466f6c6c6f77657273466f756e6488a86576656e745f6964a26532a561745f6d73cf0000018bcfe56800a46c617465c2ab696e636964656e745f6964a169a46b696e64a86163636964656e74a96f626a6563745f6964a3626f62a6726561736f6ea54e414d4544a9666f6c6c6f776572739184ab666f6c6c6f7765725f6964a26379a873696e63655f6d73cf0000018bcfe56800a776657273696f6e02b0656d657267656e636965735f6f6e6c79c2"
        ),
        ANSWER,
    ),
    ("found-by", "016f626a6563741e626f621e4e414d4544", ("object\x1ebob\x1eNAMED",)),
    ("mentioned-in", "016931", ("i1",)),
    ("filed-count", "0103", 3),
    ("finds", "0103", 3),
    ("widenings", "01691e65311e301f691e65311e31", ("i\x1ee1\x1e0", "i\x1ee1\x1e1")),
    (
        "invitations",
        "019181d9203066306630663066306630663066306630663066306630663066306630663066cf0000018bcfe56800",
        Invitations({"0f" * 16: T}),
    ),
    ("mentions", "0193a26931a2693300", Linked("i1", "i3")),
    ("mentions", "0193a26933a2693103", Linked("i3", "i1", 3)),
    ("reported-at", "0193a26933a2693103", Linked("i3", "i1", 3)),
]
