"""Values of state about lookalikes, for their golden bytes."""

from msgspec.structs import replace

from schemas.records import Appearance, Picture, PictureHashes
from state.entries.appearances import encode_appearance, encode_picture, index_profiles
from state.entries.profiles import (
    Alias,
    Background,
    Comparison,
    Crowd,
    Denial,
    Drift,
    Hits,
    Named,
    Onlooker,
    Profile,
    Request,
    Roll,
    Shown,
    Spreading,
)
from state.entries.relationship import Block, Friendship

T = 1_700_000_000_000

SUPPLIED = Picture(
    version="p1",
    set_ms=T,
    replaced_ms=T + 1,
    hashes=PictureHashes(phash=bytes.fromhex("f0f0f0f0f0f0f0f0"), version="1"),
    common_ms=T + 2,
)
HASHED = Picture(
    version="p2",
    set_ms=T + 1,
    hashes=PictureHashes(
        phash=bytes.fromhex("ff00ff00ff00ff00"),
        phash_mirrored=bytes.fromhex("00ff00ff00ff00ff"),
        dhash=bytes.fromhex("0123456789abcdef"),
        version="1",
        quality=42,
    ),
)
CROPPED = replace(HASHED, hashes=replace(HASHED.hashes, crops=bytes(range(96)), crops_version="1"), common_ms=T + 3)
FACE = Appearance(
    version="p2", revision=T + 1, nickname="阿丽", signature="hello", region="Lisbon", pictures=(HASHED, SUPPLIED)
)
BARE = Appearance(version="p0", revision=7, pictures=())
FACES = index_profiles({"bob": encode_appearance(FACE), "阿丽": encode_appearance(BARE)})
PROFILE = Profile(
    version="p2",
    revision=T + 1,
    nickname="阿丽",
    nickname_ms=T,
    region="Lisbon",
    region_ms=T - 1,
    pictures=(encode_picture(HASHED), encode_picture(SUPPLIED)),
    avatar_ms=T + 1,
)
ASKED = Request(
    requester_id="cy",
    cause_event_id="f1",
    requested_ms=T,
    deadline_ms=T + 86_400_000,
    policy_version="v1",
    request_ids=("q1", "q2"),
    asked=("bob", "阿丽"),
    answers=("YES", ""),
    scores=('{"exact":"1"}', "{}"),
    compared=3,
    not_comparable=1,
    reasons=("LATE",),
)

LOOKALIKE_VALUES = [
    ("shown", Shown("f0f0f0f0f0f0f0f0", T, "p1")),
    ("shown", Shown("", T, "p2")),
    ("shown", Shown("f0f0f0f0f0f0f0f0", T, "p1", ("ff00ff00ff00ff00",))),
    ("holders", T),
    ("earlier-holders", T),
    ("crowd", Crowd("f0f0f0f0f0f0f0f0", 51, T + 1, None)),
    ("crowd", Crowd("f0f0f0f0f0f0f0f0", common_ms=T)),
    ("profile", PROFILE),
    ("profile", Profile()),
    ("profile", replace(PROFILE, common={"f0f0f0f0f0f0f0f0": T}, common_ms=T + 1)),
    ("profile", Profile()),
    ("audience", Onlooker(T, None, 0)),
    ("audience", Onlooker(None, T, 3)),
    ("audience", Onlooker(T, None, 0)),
    ("audience", Onlooker(None, T, 3)),
    ("audience", Onlooker(T, None, 256)),
    ("audience", Onlooker(T, T + 1, 0)),
    ("audience-pages", ("bob", "阿丽")),
    ("audience-roll", Roll(257, 1, 1)),
    ("audience-roll", Roll(2)),
    ("left-audience", T),
    ("spreading", Spreading("阿丽", "p2", 12, changed=True)),
    ("faces", FACES),
    ("faces", FACES),
    ("face-parts", 17),
    ("contacts", Friendship(T, T)),
    ("contacts", Friendship(T, T)),
    ("removed-contacts", T),
    ("conversation-hits", Hits((T, T + 1), ("m1", "m2"), ("[]", '[{"start": 1}]'))),
    ("compared", Comparison("alice", T, T + 1, "v1", encode_appearance(FACE), ("bob",))),
    ("requests", ASKED),
    ("denials", Denial(T)),
    ("same-person", Alias("bob", T, T - 1)),
    ("aliases", Alias("bob", T, T - 1)),
    ("findings", T),
    ("drifts", Drift(T, 19)),
    ("barred", Block(T, "d1", "RISK_USER", T)),
    ("told", T),
    ("profile", replace(PROFILE, pictures=(encode_picture(CROPPED), encode_picture(SUPPLIED)))),
    ("faces", FACES),
    ("faces", index_profiles({"bob": encode_appearance(replace(FACE, pictures=(CROPPED, SUPPLIED)))})),
    ("newcomers", T),
    ("shown", Shown(background=Background("bob", T, ("0f0f0f0f",)))),
    ("shown", Shown("", T, "p1", (), Named("0f0f0f0f0f0f0f0f", T, "p1"), Background("", T, established=True))),
    ("profile", replace(PROFILE, common_names={"0f0f0f0f0f0f0f0f": T})),
    ("faces", index_profiles({"bob": encode_appearance(replace(BARE, nickname="ann", name_common_ms=T))})),
    ("profile", replace(PROFILE, nickname_id="p1", region_id="p0", avatar_id="p2")),
]
