"""Evidence of likeness: the compared avatars and hashes, without nicknames and pictures (C-13, C-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.picture_files import file_of, picture
from tests.support.portraits import H0, H7, MOTHER, RECIPIENT, STRANGER, K, Portraits, family, findings
from tests.support.story import DAY, HOUR, evidence

if TYPE_CHECKING:
    from schemas.records import Decision

REQUEST = 10 * DAY
NAMED = {"nickname": "Mother"}
COMPARED = {"kind": "phash", "version": "1", "distance": 7, "similarity": 0.890625, "quality": None}


def gate_decision(**stranger: Any) -> Decision:
    story = Portraits().befriends(RECIPIENT, MOTHER, 0).profile(MOTHER, 1, avatar_hash=H0, event_id="hers", **NAMED)
    story.profile(STRANGER, 2, event_id="copied", **(NAMED | stranger)).requests(REQUEST)
    [decision, *_] = story.play().decisions
    return decision


def test_evidence_of_the_gate_lists_the_compared_avatars_and_hashes__c_13_fa_57() -> None:
    best = evidence(gate_decision(avatar_hash=H7))["best"]
    assert best["hash"] == COMPARED
    assert best["parts"] == {"nickname": "1", "avatar": "57/64"}
    assert (best["avatar_version"], best["lookalike_avatar_version"]) == ("copied", "hers")


def test_evidence_lists_every_friend_who_is_asked__c_13() -> None:
    [friend] = evidence(gate_decision(avatar_hash=H7))["asked"]
    assert (friend["lookalike"], friend["hash"]) == (MOTHER, COMPARED)


def test_evidence_has_the_quality_of_the_newcomers_picture_if_known__c_13() -> None:
    found = evidence(gate_decision(avatar_image=file_of(picture())))["best"]["hash"]
    assert found["quality"] == 74
    assert set(found) == set(COMPARED)


def test_evidence_has_no_avatars_that_were_not_compared__c_13() -> None:
    assert {"hash", "avatar_version", "lookalike_avatar_version"}.isdisjoint(evidence(gate_decision())["best"])


def test_evidence_of_profile_drift_has_the_same_form__fa_66_c_13() -> None:
    story = Portraits().befriends(RECIPIENT, MOTHER, 0).profile(MOTHER, 1, avatar_hash=H0, event_id="hers", **NAMED)
    story.befriends(RECIPIENT, STRANGER, DAY).profile(STRANGER, 2 * DAY, avatar_hash=H7, event_id="copied", **NAMED)
    [decision] = findings(story.play())
    best = evidence(decision)["best"]
    assert best["hash"] == COMPARED
    assert (best["avatar_version"], best["lookalike_avatar_version"]) == ("copied", "hers")


def test_evidence_of_a_finding_names_the_previous_avatar__ai_19_c_13() -> None:
    story = family().avatar(MOTHER, K, 12 * DAY).avatar(STRANGER, H7, 11 * DAY, event_id="copied").writes(20 * DAY)
    [decision] = findings(story.play())
    shown = evidence(decision)
    assert shown["hash"] == COMPARED
    assert (shown["sender_avatar"]["version"], shown["sender_avatar"]["hash"]) == ("copied", H7.hex())
    assert (shown["lookalike_avatar"]["previous"], shown["lookalike_avatar"]["hash"]) == (True, H0.hex())


def test_no_output_contains_a_nickname_or_a_picture__c_14() -> None:
    image = file_of(picture())
    story = Portraits().befriends(RECIPIENT, MOTHER, 0).profile(MOTHER, 1, avatar_image=image, **NAMED)
    story.profile(STRANGER, 2, avatar_image=image, **NAMED).requests(REQUEST).answers_lookalike(
        MOTHER, REQUEST + 1, yes=False
    )
    told = story.writes(REQUEST + HOUR).play()
    assert {"friend-gate", "avatar-impersonation"} <= {decision.rule for decision in told.decisions}
    shown = "\n".join(map(repr, told.outputs))
    assert "mother" not in shown.lower()
    assert repr(image[8:40])[2:-1] not in shown
