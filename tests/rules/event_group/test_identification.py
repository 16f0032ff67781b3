"""Identification of the persons concerned: EG-34 to EG-40, EG-E14 to EG-E16, EG-E19."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import ImageOps

from operators.event_group import identification
from operators.likeness.perceptual_hash import hash_picture
from operators.policy.model import Policy
from schemas.records import AddMember, Feature, FeatureKind, PromptToJoin
from tests.support.incident_story import FAR, H0, H10, H11, USER, IncidentStory, event_group_policy, picture_of
from tests.support.picture_files import file_of, picture
from tests.support.story import START_MS, evidence

FLAT = bytes.fromhex("8000000000000000")


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def watched(*features: Feature, **rules: object) -> IncidentStory:
    return new_story(**rules).follow("F", "O").informed("O", *features).created()


def feature(kind: FeatureKind, value: str | bytes) -> Feature:
    return Feature(kind=kind, value=value.encode() if isinstance(value, str) else value)


def outcome(story: IncidentStory) -> str:
    (decision,) = [one for one in story.play_in_order().decisions if one.rule == "identification"]
    return decision.outcome


def everybody() -> IncidentStory:
    story = (
        new_story().follow("F", "O").follow("G", "P").located("near").organisation("org").informed("P", picture_of(H0))
    )
    return story.created("O").joined("F", "O", "near", "org")


@pytest.mark.parametrize(
    ("who", "granted"),
    [(USER, True), ("near", True), ("org", True), ("F", False), ("O", False), ("stranger", False), ("G", False)],
)
def test_roles_at_the_place_may_request_identification__eg_34_eg_e15(who: str, *, granted: bool) -> None:
    assert outcome(everybody().asked(who, picture_of(H0))) == ("MATCHED" if granted else "FORBIDDEN_ROLE")


def test_a_prompted_person_who_has_not_joined_may_not_request_identification__eg_34() -> None:
    assert outcome(watched(picture_of(H0)).located("near").asked("near", picture_of(H0))) == "FORBIDDEN_ROLE"


@pytest.mark.parametrize("when", ["before the group", "after it", "of nothing"])
def test_without_an_open_group_nobody_may_request_identification__eg_e19(when: str) -> None:
    story = new_story().reported().asked(USER, picture_of(H0), at=10)
    if when == "after it":
        story = new_story().created().closed(5).asked(USER, picture_of(H0), at=10)
    elif when == "of nothing":
        story = new_story().asked(USER, picture_of(H0), at=10)
    assert outcome(story) == "FORBIDDEN_ROLE"


def test_a_match_prompts_and_adds_nobody__eg_37() -> None:
    ending = watched(picture_of(H0)).asked(USER, picture_of(H0)).play_in_order()
    decision = ending.one("MATCHED")
    prompts = {one.account_id: one for one in ending.sent(PromptToJoin)}
    assert set(prompts) == {"O", "F"}
    assert {one.decision_id for one in prompts.values()} == {decision.decision_id}
    assert prompts["O"].deadline_ms - START_MS == 2_000 + 30 * 60_000
    assert ending.sent(AddMember) == []
    shown = evidence(decision)
    assert shown["objects"] == [{"object": "O", "score": 1.0, "kinds": ["IMAGE_HASH"]}]
    assert shown["prompted"] == ["F", "O"]


def test_of_many_people_whom_a_match_prompts_the_decision_lists_some__c_13(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identification, "MAX_LISTED", 1)
    ending = watched(picture_of(H0)).asked(USER, picture_of(H0)).play_in_order()
    shown = evidence(ending.one("MATCHED"))
    assert (shown["prompted"], shown["prompt_count"], len(ending.sent(PromptToJoin))) == (["F"], 2, 2)


def test_the_requester_gets_no_names__eg_38() -> None:
    ending = watched(picture_of(H0)).asked(USER, picture_of(H0)).play_in_order()
    decision = ending.one("MATCHED")
    assert {type(command) for command in ending.commands_of(decision)} == {PromptToJoin}
    assert USER not in {command.account_id for command in ending.commands_of(decision)}
    assert [found["object"] for found in evidence(decision)["objects"]] == ["O"]


def test_a_person_found_by_a_picture_joins_by_own_consent__eg_37() -> None:
    ending = watched(picture_of(H0)).asked(USER, picture_of(H0)).joined("F", at=3_000).play_in_order()
    assert [one.account_id for one in ending.sent(AddMember)] == ["F"]


def test_a_later_follower_of_an_identified_object_is_prompted__eg_24() -> None:
    story = watched(picture_of(H0)).asked(USER, picture_of(H0)).follow("G", "O", at=5_000)
    assert [one.at_ms - START_MS for one in story.play_in_order().sent(PromptToJoin) if one.account_id == "G"] == [
        5_001
    ]


def test_nothing_is_disclosed_where_nothing_matches__eg_39() -> None:
    ending = watched(picture_of(H11)).asked(USER, picture_of(H0)).play_in_order()
    decision = ending.one("NOT_FOUND")
    assert (decision.subject_id, decision.other_id) == (USER, None)
    assert ending.commands_of(decision) == []
    assert set(evidence(decision)) == {"conditions", "kinds", "policy_version", "reason", "request", "roles"}


@pytest.mark.parametrize(
    ("threshold", "bits10", "bits11"),
    [("0.84", "MATCHED", "NOT_FOUND"), ("0.84375", "NOT_FOUND", "NOT_FOUND"), ("0.82", "MATCHED", "MATCHED")],
)
def test_a_match_is_strictly_above_the_threshold__eg_36(threshold: str, bits10: str, bits11: str) -> None:
    for other, wanted in ((H10, bits10), (H11, bits11)):
        assert (
            outcome(watched(picture_of(H0), match_threshold=Fraction(threshold)).asked(USER, picture_of(other)))
            == wanted
        )


def test_the_best_frame_counts__eg_e16() -> None:
    frames = [picture_of(bytes.fromhex(text)) for text in ("ff00ff00ff00ff00", "0f0f0f0f0f0f0f0f")]
    assert outcome(watched(picture_of(H0)).asked(USER, *frames, picture_of(H10))) == "MATCHED"
    assert outcome(watched(*frames, picture_of(H0)).asked(USER, picture_of(H10))) == "MATCHED"


@pytest.mark.parametrize("side", ["object", "request"])
def test_low_information_pictures_match_nothing__eg_36(side: str) -> None:
    near = (int.from_bytes(FLAT, "big") | 0x7F).to_bytes(8, "big")  # eight bits: not plain, and seven bits away
    known, sought = (FLAT, near) if side == "object" else (near, FLAT)
    assert outcome(watched(picture_of(known)).asked(USER, picture_of(sought))) == "NOT_FOUND"
    assert outcome(watched(picture_of(near)).asked(USER, picture_of(near))) == "MATCHED"


def test_listed_pictures_match_nothing__eg_36() -> None:
    avatars = replace(Policy().avatar_impersonation, default_hashes=frozenset({H0}))
    story = (
        IncidentStory(replace(Policy(), avatar_impersonation=avatars)).follow("F", "O").informed("O", picture_of(H0))
    )
    assert outcome(story.created().asked(USER, picture_of(H10))) == "NOT_FOUND"


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_picture_is_hashed_and_matched_mirrored_too__eg_36(*, mirrored: bool) -> None:
    phash = hash_picture(file_of(picture()), Policy().avatar_impersonation).phash
    seen = file_of(ImageOps.mirror(picture()) if mirrored else picture())
    assert outcome(watched(picture_of(phash)).asked(USER, image=seen)) == "MATCHED"


@pytest.mark.parametrize(
    ("kind", "known", "sought", "same"),
    [
        (FeatureKind.PLATE, "W-123 AB", "w123ab", True),
        (FeatureKind.PLATE, "W-123 AB", "W 124 AB", False),
        (FeatureKind.TEXT, "紅色外套", "红色 外套", True),
        (FeatureKind.TEXT, "...", "!!!", False),
        (FeatureKind.AUDIO_FINGERPRINT, b"\x00\x01", b"\x00\x01", True),
        (FeatureKind.AUDIO_FINGERPRINT, b"AB", b"ab", False),
    ],
)
def test_everything_else_is_compared_for_equality__eg_36(
    kind: FeatureKind, known: str | bytes, sought: str | bytes, *, same: bool
) -> None:
    found = outcome(watched(feature(kind, known)).asked(USER, feature(kind, sought)))
    assert found == ("MATCHED" if same else "NOT_FOUND")


def test_kinds_are_never_mixed__eg_36() -> None:
    story = watched(feature(FeatureKind.PLATE, "W123")).asked(USER, feature(FeatureKind.TEXT, "W123"))
    assert outcome(story) == "NOT_FOUND"


def test_equal_features_score_one__eg_37() -> None:
    plate = feature(FeatureKind.PLATE, "W123")
    story = watched(picture_of(H10)).follow("G", "P").informed("P", plate, picture_of(H11))
    shown = evidence(story.asked(USER, picture_of(H0), plate).play_in_order().one("MATCHED"))
    assert shown["objects"] == [
        {"object": "P", "score": 1.0, "kinds": ["PLATE"]},
        {"object": "O", "score": 0.84375, "kinds": ["IMAGE_HASH"]},
    ]
    assert shown["kinds"] == ["IMAGE_HASH", "PLATE"]


def test_the_latest_information_counts__eg_36() -> None:
    story = watched(picture_of(H0)).informed("O", picture_of(bytes.fromhex("ff00ff00ff00ff00")), at=-5)
    assert outcome(story.asked(USER, picture_of(H0))) == "NOT_FOUND"


def test_the_policy_sets_how_many_matches_are_prompted__eg_e14() -> None:
    story = watched(picture_of(H0), match_prompt_at_most=1).follow("G", "P").informed("P", picture_of(H10))
    ending = story.asked(USER, picture_of(H0)).play_in_order()
    assert set(ending.prompted) == {"O", "F"}
    assert [one["object"] for one in evidence(ending.one("MATCHED"))["objects"]] == ["O", "P"]


def test_a_request_is_answered_once__eg_40() -> None:
    story = watched(picture_of(H0)).asked(USER, picture_of(H0)).asked(USER, picture_of(H0), at=3_000)
    ending = story.play_in_order()
    assert ending.one("MATCHED")
    assert ending.counts["incident-desk.repeated-request"] == 1


def test_the_requests_of_a_member_are_limited__eg_40() -> None:
    story = watched(picture_of(H0), identifications_per_member=2).located("near").joined("near")
    for number in range(3):
        story.asked(USER, picture_of(H0), at=2_000 + number, request=f"r{number}")
    story.asked("near", picture_of(H0), at=3_000, request="other")
    found = [(one.outcome, one.reasons) for one in story.play_in_order().decisions if one.rule == "identification"]
    assert found == [("MATCHED", ()), ("MATCHED", ()), ("FORBIDDEN_ROLE", ("RATE_LIMIT",)), ("MATCHED", ())]


def test_a_refused_request_does_not_count_for_the_limit__eg_40() -> None:
    story = watched(picture_of(H0), identifications_per_member=1).located("near")
    story.asked("near", picture_of(H0), at=500, request="too early").joined("near").asked("near", picture_of(H0))
    assert [one.outcome for one in story.play_in_order().decisions if one.rule == "identification"] == [
        "FORBIDDEN_ROLE",
        "MATCHED",
    ]


def test_a_member_gets_the_role_and_no_prompt__eg_25() -> None:
    story = new_story().follow("near", "O").informed("O", picture_of(H0)).located("near").located("O", FAR).created()
    ending = story.joined("near").asked("near", picture_of(H0)).play_in_order()
    assert [one.account_id for one in ending.sent(PromptToJoin)] == ["near", "O"]
    assert evidence(ending.one("CLOSED"))["summary"]["FOLLOWER"]["joined"] == 1


def test_an_expired_prompt_is_repeated_after_a_picture_match__eg_37() -> None:
    story = watched(picture_of(H0)).located("F").asked(USER, picture_of(H0), at=40 * 60_000).joined("F", at=41 * 60_000)
    assert [one.account_id for one in story.play_in_order().sent(AddMember)] == ["F"]


def test_no_picture_and_no_plate_is_stored_or_emitted__c_14() -> None:
    image, plate = file_of(picture()), feature(FeatureKind.PLATE, "SECRETPLATE")
    story = watched(plate).asked(USER, plate, image=image).located("later", at=60_000)
    rows = b"".join(b"".join(row) for row in story.stored_rows())
    assert b"SECRETPLATE" not in rows
    assert image[40:80] not in rows
    assert "SECRETPLATE" not in repr(story.play_in_order().outputs)
