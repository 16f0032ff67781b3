"""Edge cases of lookalikes: relations, pictures that count, configured actions."""

from io import BytesIO

import pytest
from PIL import Image, ImageOps

from operators.policy.action import Action, Operation
from operators.policy.avatar_impersonation import HashKind, RelationKind, RiskOperation
from operators.policy.friendship_age import bands_between
from schemas.malformed import Malformed
from schemas.records import BlockAccount, ContactKind, Decision, Warn, WarnChannel
from state.stores.memory import MemoryStore
from tests.support.portraits import (
    H0,
    H7,
    H11,
    NONE,
    K,
    Portraits,
    family,
    findings,
    outcomes,
    rules,
    stolen,
)
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, evidence

MESSAGE = 20 * DAY
BOTH = {"both_directions": True}


def photo(*, mirrored: bool = False, side: int = 96) -> bytes:
    """A PNG with enough detail to be hashed."""
    picture = Image.new("RGB", (side, side))
    picture.putdata(
        [(x * 5 % 256, (x * y) % 256, (y * 3 + x // 7 * 40) % 256) for y in range(side) for x in range(side)]
    )
    stream = BytesIO()
    (ImageOps.mirror(picture) if mirrored else picture).save(stream, "PNG")
    return stream.getvalue()


def test_without_an_avatar_there_is_no_finding__ai_e12_ai_4() -> None:
    assert not family().writes(MESSAGE).play().decisions
    assert not findings(stolen(H7).avatar("S", NONE, 15 * DAY).writes(MESSAGE).play())


def test_a_removed_avatar_of_a_friend_counts_as_a_previous_one__ai_19() -> None:
    [decision] = findings(stolen(H7).avatar("M", NONE, 15 * DAY).writes(MESSAGE).play())
    assert "PREVIOUS_AVATAR" in decision.reasons


def test_the_senders_previous_avatars_do_not_count__ai_19_ai_e6() -> None:
    story = stolen(H7).avatar("S", K, 15 * DAY).unfriends("R", "C", 16 * DAY)
    assert not findings(story.writes(MESSAGE).play())
    told = stolen(H7).writes(MESSAGE).avatar("S", H11, MESSAGE + 1)
    [decision] = findings(told.play())
    assert evidence(decision)["sender_avatar"]["hash"] == H7.hex()


def test_a_later_change_of_the_senders_avatar_does_not_change_the_finding__ai_25() -> None:
    story = stolen(H7).writes(MESSAGE)
    found = findings(story.play())
    assert findings(story.avatar("S", K, MESSAGE + 1).play()) == found
    assert {"hash", "version"} <= set(evidence(found[0])["sender_avatar"])


def test_only_the_last_five_replaced_avatars_count__ai_19() -> None:
    story = stolen(H7)
    for number in range(5):
        story.avatar("M", bytes([number * 16 + 3, 255, 0, 255, 0, 255, 0, 255]), 12 * DAY + number)
    assert outcomes(story.writes(MESSAGE).play()) == ["RISK_USER"]
    assert not outcomes(story.avatar("M", K, 13 * DAY).play())


def test_a_picture_uploaded_again_keeps_its_first_time__ai_e21() -> None:
    story = stolen(H7).befriends("R", "S", -DAY).avatar("M", H0, 15 * DAY).writes(MESSAGE)
    last = [decision for decision in findings(story.play()) if "PROFILE_DRIFT" not in decision.reasons]
    assert [decision.outcome for decision in last] == ["RISK_USER"]
    assert evidence(last[0])["lookalike_avatar"]["set_ms"] > evidence(last[0])["sender_avatar"]["set_ms"]


def test_a_blocked_pair_is_not_evaluated__ai_e22_fa_51() -> None:
    bands = bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation(block=True))
    story = stolen(H7, rules(gate={"bands": bands})).befriends("R", "S", 11 * DAY).writes(12 * DAY)
    story.avatar("S", H0, 13 * DAY).writes(14 * DAY)
    ending = story.play()
    about = [(found.rule, found.outcome) for found in ending.decisions if "PROFILE_DRIFT" not in found.reasons]
    assert about == [
        ("friendship-age", "FIRST_OPERATION"),
        ("avatar-impersonation", "RISK_USER"),
        ("friendship-age", "ALREADY_BLOCKED"),
    ]
    assert ending.counts["relationship.blocked-pair"] == 1


def test_trust_does_not_suppress_a_finding__fa_52() -> None:
    story = stolen(H7).befriends("R", "S", 11 * DAY).trusted(19 * DAY, account_id="R", other_id="S")
    assert outcomes(story.writes(MESSAGE).play()) == ["RISK_USER"]


def test_an_erased_lookalike_is_no_lookalike__ai_e23_c_18() -> None:
    assert not findings(stolen(H7).erased("M", 15 * DAY).writes(MESSAGE).play())


def test_a_new_account_of_the_same_name_is_another_one__c_18() -> None:
    story = stolen(H7).erased("M", 15 * DAY).avatar("M", H0, 16 * DAY).befriends("R", "M", 17 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    assert "ORDER_UNKNOWN" not in decision.reasons  # the sender is no friend at all
    assert evidence(decision)["relation"]["since_ms"] == decision.at_ms - 3 * DAY


@pytest.mark.parametrize(("at", "first"), [(DAY - 1, True), (DAY, False)])
@pytest.mark.parametrize("again", [False, True], ids=["once", "taken again later"])
def test_a_picture_that_the_sender_showed_first_is_marked__ai_39(at: int, *, first: bool, again: bool) -> None:
    story = family().avatar("S", H7, at).writes(MESSAGE)
    if again:
        story.avatar("M", K, 3 * DAY).avatar("M", H0, 4 * DAY)
    [decision] = findings(story.play())
    assert (decision.outcome, "SENDER_FIRST" in decision.reasons) == ("RISK_USER", first)


def test_who_took_the_picture_from_one_of_two_is_not_marked__ai_39() -> None:
    story = family().avatar("S", H7, DAY + 1).befriends("R", "L", 3 * DAY).avatar("L", H7, 4 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    assert (evidence(decision)["lookalike"], "SENDER_FIRST" in decision.reasons) == ("L", False)


@pytest.mark.parametrize("before", [0, 900])
def test_a_message_read_before_an_older_avatar_waits_for_it__ai_e18(before: int) -> None:
    story = family().keep_order_from_now_on().writes(MESSAGE).avatar("S", H7, MESSAGE - before)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_keywords_in_the_recipients_message_do_not_open_the_comparison_by_default__ai_e24() -> None:
    story = stolen(H7).writes(MESSAGE, sender="R", recipient="S").writes(MESSAGE + MINUTE, HARMLESS)
    assert not findings(story.play())


@pytest.mark.parametrize(
    ("after", "expected"), [(10 * MINUTE, ["RISK_USER"]), (10 * MINUTE + 1, [])], ids=["in time", "too late"]
)
@pytest.mark.parametrize("sender", ["R", "S"])
def test_a_recent_hit_in_either_direction_opens_the_comparison__ai_3_ai_e24(
    sender: str, after: int, expected: list[str]
) -> None:
    story = family(rules(**BOTH))
    story.writes(MESSAGE, sender=sender, recipient="R" if sender == "S" else "S", event_id="hit")
    ending = story.avatar("S", H7, MESSAGE + 1).writes(MESSAGE + after, HARMLESS).play()
    assert outcomes(ending) == expected
    for decision in findings(ending):
        assert evidence(decision)["opened_by"] == "hit"
        assert decision.subject_id == "S"


def test_a_hit_in_another_conversation_opens_nothing__ai_3() -> None:
    story = stolen(H7, rules(**BOTH)).writes(MESSAGE, recipient="Q").writes(MESSAGE + 1, HARMLESS)
    assert not story.play().decisions


@pytest.mark.parametrize("kind", list(ContactKind))
def test_the_policy_may_count_each_kind_of_contact__ai_7(kind: ContactKind) -> None:
    policy = rules(relation_kinds=frozenset({RelationKind(kind.value)}))
    story = family(policy).unfriends("R", "M", 3 * DAY).contact("R", "M", 4 * DAY, kind).avatar("S", H7, 10 * DAY)
    assert outcomes(story.writes(MESSAGE).play()) == ["RISK_USER"]
    assert not outcomes(story.drops("R", "M", 15 * DAY).play())


def test_a_contact_is_on_one_side_only__ai_7() -> None:
    policy = rules(relation_kinds=frozenset({RelationKind.FOLLOW}))
    story = family(policy).contact("M", "R", 4 * DAY, ContactKind.FOLLOW).avatar("S", H7, 10 * DAY)
    assert not outcomes(story.writes(MESSAGE).play())


def test_a_friends_avatar_is_kept_after_removal_as_a_contact__ai_15() -> None:
    story = stolen(H7).contact("R", "M", 4 * DAY).drops("R", "M", 5 * DAY)
    assert outcomes(story.writes(MESSAGE).play()) == ["RISK_USER"]


def test_a_hash_kind_that_is_not_configured_is_not_compared__ai_9() -> None:
    def story(*kinds: HashKind) -> list[str]:
        told = family(rules(hash_kinds=frozenset(kinds))).profile("M", 3 * DAY, avatar_image=photo())
        told.profile("S", 10 * DAY, avatar_image=photo(mirrored=True))
        return outcomes(told.writes(MESSAGE).play())

    assert story(*HashKind) == ["RISK_USER"]
    assert story(HashKind.PHASH) == []


def test_a_mirrored_photograph_is_found_and_the_evidence_names_the_kind__ai_e11_ai_9() -> None:
    story = (
        family().profile("M", 3 * DAY, avatar_image=photo()).profile("S", 10 * DAY, avatar_image=photo(mirrored=True))
    )
    ending = story.writes(MESSAGE).play()
    [decision] = findings(ending)
    found = evidence(decision)["hash"]
    assert (found["kind"], found["distance"]) == ("crop_mirrored", 0)
    assert found["quality"] >= 10
    assert all(photo()[40:60] not in repr(output).encode() for output in ending.outputs)


@pytest.mark.parametrize(
    "image",
    [b"no picture", photo()[:80], photo(side=400)],
    ids=["no picture", "cut off", "too large"],
)
def test_a_rejected_image_leaves_the_previous_avatar_in_place__ai_e13_ai_e14_ai_12(image: bytes) -> None:
    story = stolen(H7, rules(max_image_pixels=100_000)).writes(MESSAGE)
    run, _ = story._run(MemoryStore())
    [broken] = Portraits().profile("S", 15 * DAY, avatar_image=image).events
    with pytest.raises(Malformed, match=r"complete image|pixels"):
        list(run.push(broken))
    assert [record.outcome for _, _, record in run.finish() if isinstance(record, Decision)] == ["RISK_USER"]


def test_the_policy_configures_the_actions_on_a_risk_user__ai_23() -> None:
    risk = RiskOperation(
        Operation(block=True, exit_session=True, warn=(WarnChannel.NUMBER, WarnChannel.IN_APP)),
        review=False,
        warn_lookalike=(WarnChannel.IN_APP,),
    )
    ending = (
        stolen(H7, rules(risk_operation=risk)).alert_number("555", 0, "R").writes(MESSAGE).writes(MESSAGE + 2).play()
    )
    [decision] = findings(ending)
    assert ending.command_names(decision) == ["BlockAccount", "ExitSession", "Warn NUMBER", *["Warn IN_APP"] * 2]
    assert {Action[name] for name in decision.actions} == {Action.BLOCK, Action.EXIT_SESSION, Action.WARN}
    warned = [
        (command.account_id, command.about_id, command.destination)
        for command in ending.commands
        if isinstance(command, Warn)
    ]
    assert warned == [("R", "S", "555"), ("R", "S", None), ("M", "S", None)]
    assert [command.account_id for command in ending.commands if isinstance(command, BlockAccount)] == ["R"]
    assert len({command.command_id for command in ending.commands}) == len(ending.commands)


def test_a_pair_blocked_by_a_finding_is_not_evaluated_until_unblocked__fa_27_fa_52() -> None:
    risk = RiskOperation(Operation(block=True))
    story = stolen(H7, rules(risk_operation=risk)).writes(MESSAGE).avatar("S", H0, MESSAGE + 1).writes(MESSAGE + 2)
    ending = story.play()
    assert outcomes(ending) == ["RISK_USER"]
    assert ending.counts["impersonation.blocked-pair"] == 1
    story.trusted(MESSAGE + HOUR, account_id="R", other_id="S").writes(MESSAGE + 2 * HOUR)
    assert outcomes(story.play()) == ["RISK_USER", "RISK_USER"]


def test_no_warning_goes_to_the_sender__ai_23_fa_32() -> None:
    ending = stolen(H7).writes(MESSAGE).play()
    assert not [command for command in ending.commands if isinstance(command, Warn) and command.account_id == "S"]


def test_a_disabled_section_decides_nothing_but_keeps_state__c_28() -> None:
    story = stolen(H7, rules(enabled=False)).writes(MESSAGE)
    assert not story.play().decisions
    document = "version: v2\navatar_impersonation: {review_up_to: 0.875}\n"
    story.published(MESSAGE + HOUR, document).writes(MESSAGE + DAY)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_one_message_may_lead_to_two_decisions__c_8() -> None:
    ending = stolen(H7).befriends("R", "S", 19 * DAY).writes(MESSAGE).play()
    assert [(found.rule, found.outcome) for found in ending.decisions] == [
        ("friendship-age", "FIRST_OPERATION"),
        ("avatar-impersonation", "RISK_USER"),
    ]
    [window] = ending.windows
    assert (window.count, window.subject_id) == (2, "S")


def test_ties_are_broken_by_the_older_relation_and_then_the_account_id__ai_22() -> None:
    story = family().befriends("R", "B", 3 * DAY).befriends("R", "A", 3 * DAY).avatar("S", K, 10 * DAY)
    story.unfriends("R", "C", 3 * DAY)
    story.avatar("A", K, 5 * DAY).avatar("B", K, 5 * DAY)
    [decision] = findings(story.writes(MESSAGE).play())
    assert (evidence(decision)["lookalike"], evidence(decision)["candidates"]) == ("A", 2)
    story.unfriends("R", "A", 6 * DAY).befriends("R", "A", 7 * DAY)
    [decision] = findings(story.play())
    assert evidence(decision)["lookalike"] == "B"


def test_a_strong_lookalike_is_reported_before_a_nearer_weak_one__ai_22() -> None:
    story = family().avatar("S", H7, 5 * DAY).befriends("R", "S", 4 * DAY)
    story.befriends("R", "D", 6 * DAY).avatar("D", H7, 7 * DAY)  # nearer, but later in everything
    [decision] = [found for found in findings(story.writes(MESSAGE).play()) if "PROFILE_DRIFT" not in found.reasons]
    assert (decision.outcome, evidence(decision)["lookalike"], evidence(decision)["candidates"]) == (
        "RISK_USER",
        "M",
        2,
    )
