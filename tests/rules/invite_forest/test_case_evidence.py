"""Evidence of a case: the paths of associated members, and who is above whom."""

from __future__ import annotations

from tests.support.group_story import GroupStory, associated, cases, forest_policy, preview, tree
from tests.support.story import HOUR, evidence


def test_the_evidence_lists_the_path_node_by_node__if_28() -> None:
    shown = evidence(cases(tree().posts("C", 10).play())[0])["associated"]
    assert {each["account_id"]: each["path"] for each in shown} == {
        "A": ["A", "B", "C"],
        "B": ["B", "C"],
        "D": ["D", "C"],
    }


def test_the_evidence_says_who_is_above_whom_up_to_the_root__if_53() -> None:
    shown = evidence(cases(tree(forest_policy(th1=9)).posts("C", 10).play())[0])
    assert shown["offender"]["inviters"] == ["B", "A", "R"]
    assert {each["account_id"]: (each["path"], each["highest"]) for each in shown["associated"]} == {
        "A": (["A", "B", "C"], 0),
        "B": (["B", "C"], 0),
        "D": (["D", "C"], 1),
        "R": (["R", "A", "B", "C"], 0),
        "X": (["X", "A", "B", "C"], 1),
    }


def test_the_evidence_names_a_bounded_number_of_accounts_above_an_offender__if_53() -> None:
    story = GroupStory(forest_policy(th1=100)).chain(*(f"m{number}" for number in range(101)))
    shown = evidence(cases(story.posts("m100", HOUR).play())[0])
    assert shown["offender"]["inviters"] == [f"m{number}" for number in range(99, 35, -1)]
    assert shown["offender"]["depth"] == 100
    whole = {each["account_id"] for each in shown["associated"] if each.get("path", ())[-1:] == ["m100"]}
    assert whole == {each["account_id"] for each in shown["associated"] if "highest" in each}
    assert 0 < len(whole) < len(shown["associated"])


def test_the_evidence_lists_a_bounded_number_of_members__if_28() -> None:
    story = GroupStory(forest_policy(mass_limit=0)).admitted("center")
    for number in range(1_500):
        story.joins(f"m{number}", "center", 1)
    case = cases(story.posts("center", 10).play())[0]
    assert (preview(case)["associated"], len(associated(case))) == (1_500, 1_000)
