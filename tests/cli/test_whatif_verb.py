"""`kithward whatif`: decisions that flip, accounts for whom something changes, samples; state is not changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobs.scenario.files import EVENTS, POLICY
from operators.ids import identify
from schemas.records import AnswerVia, FriendAdded, MessageSent, ReviewAnswered, VerificationAnswered
from tests.support.given import HOUR, NOON, friends, kithward, lines, message, policy_event, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * HOUR
SHORT = ["friendship_age: {t1_ms: 30m}"]  # an hour is no longer new


@pytest.fixture
def short(tmp_path: Path) -> Path:
    return written(tmp_path / "short.yaml", ["version: short", *SHORT])


def tried(*arguments: object, code: int = 1) -> dict[str, Any]:
    result = kithward("whatif", *arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_same_policy_flips_nothing(events: Path) -> None:
    found = tried("--events", events, "--policy", written(events.with_name("same.yaml"), ["version: other"]), code=0)
    assert (found["events"], found["flips"], found["by"], found["examples"]) == (3, 0, [], [])
    assert (found["decisions_against"], found["decisions_new"], found["accounts"]) == (2, 2, 0)


def test_flips_are_counted_by_rule_outcomes_and_the_old_band(events: Path, short: Path) -> None:
    found = tried("--events", events, "--policy", short)
    assert found["flips"] == 2
    assert found["by"] == [
        {
            "rule": "friendship-age",
            "outcome_against": "FIRST_OPERATION",
            "outcome_new": "MIDDLE",
            "band": "[0, 3d)",
            "count": 2,
        }
    ]
    assert found["commands"] == [{"command": "ExitSession", "more": 0, "fewer": 2}]
    assert (found["accounts"], found["members"]) == (2, 0)


def test_examples_have_the_evidence_of_both_sides(events: Path, short: Path) -> None:
    first, second = tried("--events", events, "--policy", short)["examples"]
    assert (first["cause_event_id"], second["cause_event_id"]) == ("m1", "m2")
    assert first["against"]["evidence"]["friendship"]["band"] == "[0, 3d)"
    assert first["new"]["evidence"]["friendship"]["band"] == "[30m, 30d)"
    assert first["new"]["evidence"]["policy_version"] == "short"


def test_a_decision_on_one_side_only_is_a_flip(events: Path, tmp_path: Path) -> None:
    off = written(tmp_path / "off.yaml", ["friendship_age: {enabled: false}"])
    (kind,) = tried("--events", events, "--policy", off)["by"]
    assert (kind["outcome_against"], kind["outcome_new"], kind["count"]) == ("FIRST_OPERATION", None, 2)
    on = written(tmp_path / "on.yaml", [""])
    (kind,) = tried("--events", events, "--policy", on, "--against", off)["by"]
    assert (kind["outcome_against"], kind["outcome_new"], kind["band"]) == (None, "FIRST_OPERATION", "[0, 3d)")


def test_other_actions_with_the_same_outcome_are_counted_but_no_flip(events: Path, tmp_path: Path) -> None:
    harsh = written(
        tmp_path / "harsh.yaml", ["friendship_age: {first_operation: {EXIT_SESSION: {}, WARN: {}, BLOCK: {}}}"]
    )
    found = tried("--events", events, "--policy", harsh)
    assert found["other_actions"] == 1
    assert found["by"][0]["outcome_new"] == "ALREADY_BLOCKED"
    assert {"command": "BlockAccount", "more": 1, "fewer": 0} in found["commands"]


def test_recorded_answers_apply_to_the_new_side_too(tmp_path: Path) -> None:
    """The question has another id there: a policy's version is a part of it (C-10, C-11)."""
    asked = identify("friendship-age", "alice", "bob", None, None, "m1", "default")
    answer = VerificationAnswered(
        event_id="a",
        at_ms=NOON + 1,
        verification_id=asked,
        account_id="bob",
        genuine=False,
        via=AnswerVia.ALTERNATE_APP,
    )
    stream = [friends(since_ms=NOON - 365 * DAY), message("m1", NOON), answer, message("m2", NOON + DAY)]
    path = written(tmp_path / "events.jsonl", stream)
    found = tried("--events", path, "--policy", written(tmp_path / "other.yaml", ["version: other"]), code=0)
    assert (found["decisions_against"], found["decisions_new"]) == (3, 3)
    mild = ["version: mild", "friendship_age: {second_operation: {WARN: {}}}"]
    found = tried("--events", path, "--policy", written(tmp_path / "mild.yaml", mild))
    kinds = {(kind["rule"], kind["outcome_against"], kind["outcome_new"]) for kind in found["by"]}
    assert kinds == {("friendship-age", "ALREADY_BLOCKED", None), ("verification", None, "NOT_GENUINE")}


def test_answers_to_unknown_questions_cause_a_warning(tmp_path: Path, short: Path) -> None:
    answer = VerificationAnswered(
        event_id="a", at_ms=NOON + 1, verification_id="v", account_id="bob", genuine=True, via=AnswerVia.ALTERNATE_APP
    )
    path = written(tmp_path / "events.jsonl", [friends(since_ms=0), message("m1", NOON), answer])
    result = kithward("whatif", "--events", path, "--policy", short)
    assert "1 recorded answers are to questions that were not asked in this replay" in result.stderr


def test_policies_among_the_events_apply_to_the_old_side(tmp_path: Path, events: Path) -> None:
    quiet = policy_event("v2", "friendship_age: {enabled: false}", effective_at_ms=NOON + 2 * HOUR)
    published = written(tmp_path / "policies.jsonl", [quiet])
    defaults = written(tmp_path / "defaults.yaml", [""])
    found = tried("--events", events, published, "--policy", defaults)
    assert [example["cause_event_id"] for example in found["examples"]] == ["m2"]
    assert tried("--events", events, published, "--policy", defaults, "--against", defaults, code=0)["events"] == 4


def test_it_starts_from_a_copy_of_the_state(tmp_path: Path, short: Path) -> None:
    state = tmp_path / "state"
    facts = written(tmp_path / "facts", [friends(), message("m0", NOON + HOUR, "hello")])
    kithward("replay", "--events", facts, "--out", tmp_path / "0", "--state", state)
    later = written(tmp_path / "later", [message("m1", NOON + 2 * HOUR)])
    assert tried("--events", later, "--policy", short, code=0)["flips"] == 0
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    for _ in range(2):
        found = tried("--events", later, "--policy", short, "--state", state)
        assert (found["flips"], found["by"][0]["outcome_new"]) == (1, "MIDDLE")
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


def test_a_version_may_be_as_long_as_an_id(tmp_path: Path) -> None:
    events, state = written(tmp_path / "facts.jsonl", [friends()]), tmp_path / "state"
    kithward("replay", "--events", events, "--out", tmp_path / "0", "--state", state)
    policy = written(tmp_path / "long.yaml", [f"version: {'v' * 256}"])
    assert kithward("whatif", "--events", events, "--policy", policy, "--state", state).exit_code == 0


def test_pending_requests_of_the_state_end_under_their_own_policy__c_19(tmp_path: Path) -> None:
    state, old = tmp_path / "state", friends(since_ms=NOON - 365 * DAY)
    asked = written(tmp_path / "asked", [old, message("m1", NOON), message("m2", NOON + 60_000, "hello")])
    kithward("replay", "--events", asked, "--out", tmp_path / "0", "--state", state)
    answer = VerificationAnswered(
        event_id="a",
        at_ms=NOON + 120_000,
        verification_id=lines(tmp_path / "0", "decisions")[0]["decision_id"],
        account_id="bob",
        genuine=False,
        via=AnswerVia.ALTERNATE_APP,
    )
    later = written(tmp_path / "later", [answer])
    mild = written(tmp_path / "mild.yaml", ["friendship_age: {second_operation: {WARN: {}}}"])
    found = tried("--events", later, "--policy", mild, "--state", state, code=0)
    assert (found["decisions_against"], found["decisions_new"], found["commands"]) == (1, 1, [])


def test_the_text_output_has_flips_accounts_and_examples_as_trees(events: Path, short: Path) -> None:
    result = kithward("whatif", "--events", events, "--policy", short, "--examples", 1)
    assert result.exit_code == 1
    for part in (
        "read      3  events 3\n",
        "before    2  decisions under default and what was published\n",
        "now       2  decisions under short\n",
        "flips     2  and 0 more change their actions only\n",
        "accounts  2  for whom something changes\n",
        "    2  friendship-age  FIRST_OPERATION  MIDDLE  less than 3 days\n",
        "ExitSession     0      2\n",
        "before:",
        "[x] age less than 3 days: it was 1 hour",
        "now:",
    ):
        assert part in result.stdout
    assert result.stdout.count("now:") == 1
    assert "payment, please" not in result.stdout


def test_examples_are_details(events: Path, short: Path) -> None:
    arguments = ("whatif", "--events", events, "--policy", short)
    plain, detailed = kithward(*arguments).stdout, kithward(*arguments, "--details").stdout
    assert detailed.startswith(plain)
    assert (plain.count("now:"), detailed.count("now:")) == (0, 2)


def test_what_is_read_is_an_event_or_not_valid(tmp_path: Path, short: Path) -> None:
    stream = [friends(), message("m1", NOON + HOUR), message("m2", NOON, sender="bob"), "{"]
    path = written(tmp_path / "events.jsonl", stream)
    found = tried("--events", path, "--policy", short)
    assert (found["events"], found["not_valid"]) == (2, 2)
    assert "read      4  events 2, not valid 2\n" in kithward("whatif", "--events", path, "--policy", short).stdout


def test_the_scenario_of_the_demo_can_be_compared(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.yaml", ["version: strict", "friendship_age: {t1_ms: 20d}"])
    found = tried("--events", *EVENTS, "--policy", path)
    assert {(kind["outcome_against"], kind["outcome_new"]) for kind in found["by"]} >= {("MIDDLE", "FIRST_OPERATION")}


def test_the_blast_radius_counts_members_of_groups_and_their_accounts(tmp_path: Path) -> None:
    """Nobody at distance 2 is watched any more: emil and li."""
    near = POLICY.read_text("utf-8").replace("version: demo", "version: near")
    path = written(tmp_path / "near.yaml", [near.replace("invite_forest:", "invite_forest:\n  th1: 1")])
    found = tried("--events", *EVENTS, "--policy", path, "--against", POLICY, code=0)
    assert (found["flips"], found["other_actions"]) == (0, 1)
    assert (found["members"], found["accounts"]) == (2, 2)
    assert found["commands"] == [{"command": "ManageMember", "more": 0, "fewer": 2}]


def many(tmp_path: Path, accounts: int = 200) -> Path:
    stream: list[object] = [
        FriendAdded(event_id=f"f{number}", at_ms=NOON, account_id=f"r{number}", friend_id="alice", mutual=False)
        for number in range(accounts)
    ]
    stream += [
        MessageSent(
            event_id=f"m{n}-{k}", at_ms=NOON + HOUR + k, sender_id="alice", recipient_id=f"r{n}", text="payment"
        )
        for k in range(2)
        for n in range(accounts)
    ]
    return written(tmp_path / "many.jsonl", stream)


def test_a_sample_of_recipients_has_an_estimate_with_bounds(tmp_path: Path, short: Path) -> None:
    path = many(tmp_path)
    found = tried("--events", path, "--policy", short, "--sample", "25%", "--examples", 100)
    sampled = found["sample"]
    assert sampled["share"] == 0.25
    assert sampled["flips"]["low"] <= 400 <= sampled["flips"]["high"]
    assert sampled["flips"]["estimate"] == 4 * found["flips"]
    assert 0 < found["flips"] < 400
    drawn = {example["other_id"] for example in found["examples"]}
    assert len(drawn) * 2 == found["flips"], "a recipient is drawn with all messages"
    again = tried("--events", path, "--policy", short, "--sample", "0.25", "--examples", 100)
    assert again == found


def test_the_text_output_of_a_sample_has_its_sampling_error(tmp_path: Path, short: Path) -> None:
    path = many(tmp_path)
    error = tried("--events", path, "--policy", short, "--sample", "25%")["sample"]["flips"]
    said = kithward("whatif", "--events", path, "--policy", short, "--sample", "25%", "--examples", 0).stdout
    assert f"from 25.000% of recipients and groups: about {error['estimate']:,} flips in all" in said
    assert f"sampling error: they are between {error['low']:,} and {error['high']:,} with a certainty of 95%" in said


def test_a_sample_of_everything_is_everything(tmp_path: Path, short: Path) -> None:
    found = tried("--events", many(tmp_path, 20), "--policy", short, "--sample", "100%")
    assert found["sample"]["flips"] == {"estimate": 40, "low": 40, "high": 40, "confidence": 0.95}


@pytest.mark.parametrize("share", ["0", "101%", "many", "-1%", "1/0"])
def test_an_invalid_share_is_refused(events: Path, short: Path, share: str) -> None:
    said = the_one_line(kithward("whatif", "--events", events, "--policy", short, f"--sample={share}"))
    assert f"--sample {share}: " in said


def test_either_files_or_topics_and_a_policy_must_be_named(events: Path, short: Path) -> None:
    assert "either event files" in the_one_line(kithward("whatif", "--policy", short))
    both = kithward("whatif", "--policy", short, "--events", events, "--topic", "messages")
    assert "either event files" in the_one_line(both)
    assert "--policy" in the_one_line(kithward("whatif", "--events", events))
    unknown = kithward("whatif", "--policy", short, "--topic", "decisions")
    assert "--topic decisions: is not an input topic" in the_one_line(unknown)
    no_time = kithward("whatif", "--policy", short, "--topic", "messages", "--since", "noon")
    assert "--since noon: is not a time" in the_one_line(no_time)


def test_an_invalid_policy_is_refused_with_its_place(events: Path, tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.yaml", ["friendship_age: {t1_ms: -1}"])
    assert "friendship_age.t1_ms" in the_one_line(kithward("whatif", "--events", events, "--policy", bad))


def test_a_directory_without_state_is_refused(events: Path, short: Path, tmp_path: Path) -> None:
    said = the_one_line(kithward("whatif", "--events", events, "--policy", short, "--state", tmp_path / "none"))
    assert "holds no state of a replay" in said


def test_what_people_said_of_flips_is_summed_up_and_stands_with_the_examples__rv_22(
    tmp_path: Path, events: Path, short: Path
) -> None:
    decided = identify("friendship-age", "alice", "bob", None, None, "m1", "default")
    answer = ReviewAnswered(
        event_id="r", at_ms=NOON + DAY, decision_id=decided, rule="friendship-age", subject_id="alice",
        reviewer_id="rita", upheld=False,
    )  # fmt: skip
    reviews = written(tmp_path / "reviews.jsonl", [answer])
    found = tried("--events", events, reviews, "--policy", short)
    said = {"upheld": 0, "overturned": 1, "disputed": 0, "undecided": 0, "never_looked_at": 1}
    assert (found["reviews"]["flips"], found["reviews"]["otherwise"]) == (said, said)
    assert [example["review"] for example in found["examples"]] == ["overturned", None]
    told = kithward("whatif", "--events", events, reviews, "--policy", short, "--details").stdout
    assert "2 flips: 1 overturned, 1 never looked at\n  decided otherwise  1 overturned, 1 never looked at" in told
    assert told.count("people say: overturned") == 1
