"""Properties of profile similarity, compared with naive computations."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs
from rapidfuzz.distance import Levenshtein

from operators.avatar_impersonation.lookalike import AvatarQuery
from operators.contacts.contact_profiles import INDEX_DTYPE as INDEX
from operators.likeness.profile_similarity import NicknameFilter, SimilarityParts, compare_profiles
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from operators.policy.friendship_age import GateWeights
from operators.policy.model import Policy
from schemas.records import Appearance, Picture, PictureHashes
from state.entries.appearances import (
    CONTACT_PROFILES_CODEC,
    CROPS,
    decode_appearance,
    decode_pictures,
    encode_appearance,
    index_profiles,
    nickname_of,
    revision_of,
)

SECTION = AvatarImpersonationPolicy()
NAMES = st.one_of(st.none(), st.text("abcd", min_size=1, max_size=8), st.text("ab阿丽", min_size=1, max_size=40))
HASHES = st.one_of(
    st.binary(min_size=8, max_size=8),
    st.sampled_from([bytes.fromhex("f0f0f0f0f0f0f0f0"), bytes.fromhex("f0f0f0f0f0f0f08f")]),
)
CROP_HASHES = st.one_of(st.none(), st.lists(HASHES, min_size=CROPS, max_size=CROPS).map(b"".join))
TIMES = st.integers(0, 1 << 42)
PICTURES = st.builds(
    Picture,
    version=st.text("ab1-", min_size=1),
    set_ms=TIMES,
    replaced_ms=st.one_of(st.none(), TIMES),
    hashes=st.builds(
        PictureHashes,
        phash=HASHES,
        phash_mirrored=st.one_of(st.none(), HASHES),
        dhash=st.one_of(st.none(), HASHES),
        version=st.just("1"),
        quality=st.one_of(st.none(), st.integers(0, 100)),
        crops=CROP_HASHES,
        crops_version=st.just("1"),
    ).map(lambda hashes: hashes if hashes.crops else structs.replace(hashes, crops_version=None)),
    common_ms=st.one_of(st.none(), TIMES),
)
APPEARANCES = st.builds(
    Appearance,
    version=st.text("ab1-", min_size=1),
    revision=TIMES,
    nickname=NAMES,
    signature=NAMES,
    region=st.one_of(st.none(), st.sampled_from(["Lisbon", "Porto"])),
    pictures=st.lists(PICTURES, max_size=3).map(tuple),
)
WEIGHT = st.fractions(0, 1, max_denominator=20)
WEIGHTS = st.builds(GateWeights, WEIGHT, WEIGHT, WEIGHT, WEIGHT).filter(
    lambda all_: any(getattr(all_, n) for n in ("nickname", "avatar", "signature", "region"))
)


def naive_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, start=1):
        before, row = row, [i]
        for j, theirs in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs)))
    return row[-1]


@given(st.text("abcxy", max_size=30), st.text("abcxy", max_size=30))
@example("kitten", "sitting")
@example("", "abc")
def test_the_edit_distance_is_that_of_the_table__fa_57(one: str, other: str) -> None:
    assert Levenshtein.distance(one, other) == naive_distance(one, other)


@given(APPEARANCES, APPEARANCES, WEIGHTS)
def test_similarity_is_exact_and_between_0_and_1__fa_57_c_15(
    one: Appearance, other: Appearance, weights: GateWeights
) -> None:
    similarity = compare_profiles(one, other, 1 << 41, SECTION).mean(weights)
    assert isinstance(similarity, Fraction)
    assert 0 <= similarity <= 1


@given(APPEARANCES, APPEARANCES, WEIGHTS)
def test_likeness_as_a_whole_is_symmetric_but_for_mirrored_and_common_pictures__fa_57_ai_9_ai_37(
    one: Appearance, other: Appearance, weights: GateWeights
) -> None:
    def as_they_are(appearance: Appearance) -> Appearance:
        pictures = (
            structs.replace(p, hashes=structs.replace(p.hashes, phash_mirrored=None, crops=None), common_ms=None)
            for p in appearance.pictures
        )
        return structs.replace(appearance, pictures=tuple(pictures))

    one, other = as_they_are(one), as_they_are(other)
    there, back = (compare_profiles(*pair, 1 << 41, SECTION).mean(weights) for pair in ((one, other), (other, one)))
    assert there == back


@given(NAMES)
def test_profiles_with_only_equal_parts_have_similarity_1__fa_57(name: str | None) -> None:
    assert SimilarityParts(nickname=Fraction(1), region=Fraction(1)).mean(GateWeights()) == 1
    assert SimilarityParts(signature=Fraction(1), region=Fraction(1)).mean(GateWeights()) == 0
    assert SimilarityParts(nickname=Fraction(bool(name))).mean(GateWeights()) == bool(name)


@given(APPEARANCES, APPEARANCES, WEIGHTS, st.fractions(0, 1, max_denominator=40))
def test_the_nickname_filter_excludes_no_similar_profile__fa_66(
    one: Appearance, other: Appearance, weights: GateWeights, threshold: Fraction
) -> None:
    usual = Policy().friendship_age
    policy = replace(Policy(), friendship_age=replace(usual, gate_weights=weights, gate_threshold=threshold))
    similarity = compare_profiles(one, other, 1 << 41, SECTION).mean(weights)
    if similarity > threshold:
        assert NicknameFilter(one.nickname, policy).may_match(other.nickname or "")


@given(APPEARANCES)
def test_an_appearance_round_trips(appearance: Appearance) -> None:
    text = encode_appearance(appearance)
    assert decode_appearance(text) == appearance
    assert decode_pictures(text) == appearance.pictures
    assert revision_of(text) == appearance.revision
    assert nickname_of(text) == (appearance.nickname or "")


THRESHOLDS = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction("0.84"), Fraction(54, 64), Fraction(1)])


@given(st.lists(APPEARANCES, min_size=1, max_size=4), PICTURES, THRESHOLDS)
def test_the_search_by_hashes_excludes_nobody_similar__ai_5_ai_14(
    people: list[Appearance], mine: Picture, threshold: Fraction
) -> None:
    look = AvatarQuery(mine, 1 << 41, replace(SECTION, threshold=threshold))
    faces = index_profiles({f"account-{number}": encode_appearance(each) for number, each in enumerate(people)})
    hashes = np.frombuffer(faces.index, INDEX)
    near = set(hashes["row"][look.are_near(hashes)].tolist())
    assert {number for number, each in enumerate(people) if look.matches(each.pictures)} <= near
    assert len(hashes) == sum(len(each.pictures) for each in people)


@given(st.lists(APPEARANCES, min_size=1, max_size=4))
def test_many_appearances_round_trip(people: list[Appearance]) -> None:
    rows = {f"account-{number}": encode_appearance(each) for number, each in enumerate(people)}
    assert CONTACT_PROFILES_CODEC.loads(CONTACT_PROFILES_CODEC.dumps(index_profiles(rows))).rows() == rows
