"""Properties of groups: the job decides what a naive model decides, in any order of arrival."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.policy.action import Action
from operators.policy.invite_forest import ForestMode, Response, Sanction
from operators.policy.keywords import Keyword, ScreenRules
from operators.policy.model import Policy
from schemas.codec import encode
from schemas.records import Decision, JoinVia, ManageMember, MemberRole, Warn
from tests.rules.invite_forest import forest_model as model
from tests.rules.invite_forest.evidence_model import HITS, LEAST, MEMORY, REPORTS, SAMPLE, UPHELD, GroupModel
from tests.support.group_story import GroupStory, forest_policy
from tests.support.story import START_MS, StoryResult, evidence

LATENESS = 40
PEOPLE = "abcdef"
WAITS = (model.WINDOW, model.REPEAT, model.BAN, model.HOLD, model.AGAIN, REPORTS, HITS, UPHELD)
STEPS = (*[0, 0, 1, 1, 2, 7] * 5, *(wait + step for wait in WAITS for step in (-1, 0, 1)))
KINDS = (
    *["join"] * 6,
    *["link"] * 3,
    *["leave"] * 3,
    *["post"] * 5,
    *["report"] * 2,
    "promote",
    "demote",
    "lift",
    "erase",
)
SPECIAL = {"REPEATED_HIT", "GRAFT_REFUSED", "OFFENDER_IS_ADMIN", "MASS_LIMIT", "UNCONFIRMED"}
RANKS = {"erase": 0, "promote": 1, "demote": 1, "join": 2, "link": 2, "leave": 2, "lift": 2, "post": 3, "report": 3}
WAYS = {"join": (JoinVia.INVITE, JoinVia.INVITE), "link": (JoinVia.LINK, JoinVia.APPROVAL)}
Act = tuple[int, str, str, str]
"""Steps since the previous act, kind of act, account, other account."""

ACTS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(KINDS), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
    max_size=26,
)


def cell(held: model.Cell) -> tuple[Sanction, ...]:
    sanctions = (Sanction(Action[name], for_ms) for name, for_ms in held.items())
    return tuple(sorted(sanctions, key=lambda each: each.action))


def policy(**changes: Any) -> Policy:
    section = forest_policy(
        screen=ScreenRules((Keyword("bad", "bad"),), frozenset({"keyword"}), ()),
        reports_needed=2,
        reports_within_ms=REPORTS,
        hits_within_ms=HITS,
        upheld_within_ms=UPHELD,
        reporter_memory_ms=MEMORY,
        reporter_sample=SAMPLE,
        least_weight=LEAST,
        first=Response(*map(cell, model.FIRST)),
        repeated=Response(*map(cell, model.REPEATED)),
        case_window_ms=model.WINDOW,
        repeat_within_ms=model.REPEAT,
        remove_again_after_ms=model.AGAIN,
        inviter_sample=1,
        **({"reports_suffice": 2} | changes),
    ).invite_forest
    return replace(Policy(), invite_forest=section, common=replace(Policy().common, out_of_order_ms=LATENESS))


def in_event_order(acts: list[Act]) -> list[tuple[int, str, str, str, str]]:
    """Return `(time, kind, who, other, event id)` in the order in which the events act (C-2, IF-5)."""
    at, found = 0, []
    for number, (step, kind, who, other) in enumerate(acts):
        at += step
        if who != other or kind in ("leave", "post", "promote", "demote", "lift", "erase"):
            # Ids run against the order of telling, so that a time's order is not that by chance.
            found.append((at, kind, who, other, f"e{999 - number}"))
    return sorted(found, key=lambda act: (act[0], RANKS[act[1]], act[4]))


def _remover(at: int, who: str, other: str) -> str | None:
    return other if at % 2 and other != who else None


def story(acts: list[Act], rules: Policy) -> GroupStory:
    told = GroupStory(rules)
    for at, kind, who, other, name in in_event_order(acts):
        if kind in WAYS:
            via = WAYS[kind][at % 2]
            told.joins(who, other if other != "f" else None, at, inviter_role=None, event_id=name, via=via)
        elif kind == "leave":
            told.leaves(who, at, event_id=name, removed_by=_remover(at, who, other))
        elif kind == "post":
            told.posts(who, at, "bad", event_id=name)
        elif kind == "report":
            told.reported(who, other, at, event_id=name)
        elif kind == "lift":
            told.lifted(who, at, event_id=name)
        elif kind == "erase":
            told.erased(who, at, event_id=name)
        else:
            role = MemberRole.ADMIN if kind == "promote" else MemberRole.MEMBER
            told.becomes(who, role, at, event_id=name)
    return told


def expected(acts: list[Act], group: GroupModel) -> list[Any]:
    for at, kind, who, other, name in in_event_order(acts):
        if kind in WAYS:
            group.joins(at, who, other if other != "f" else None, name, weak=kind == "link")
        elif kind in ("promote", "demote"):
            group.role(at, who, admin=kind == "promote")
        elif kind == "report":
            group.reported(at, who, other, name)
        elif kind == "post":
            group.posted(at, who, name)
        elif kind == "leave":
            group.leaves(at, who, _remover(at, who, other))
        else:
            {"lift": group.lifted, "erase": group.erased}[kind](at, who)
    return group.said


def outputs_as_model(ending: StoryResult) -> list[Any]:
    """The outputs in the form of the model's."""
    said: list[Any] = []
    sent: dict[str, list[tuple[str, str]]] = {}
    for _, _, record in ending.outputs:
        if isinstance(record, ManageMember) and not _is_removal_on_return(record, ending):
            sent.setdefault(record.decision_id, []).append((record.account_id, str(record.action)))
        elif isinstance(record, Warn):
            sent.setdefault(record.decision_id, []).append((record.account_id, "WARN"))
    for _, _, record in ending.outputs:
        if isinstance(record, Decision):
            said.append(_decision_as_model(record, sent.get(record.decision_id, [])))
        elif isinstance(record, ManageMember) and _is_removal_on_return(record, ending):
            said.append((record.at_ms - START_MS, "back", record.account_id, str(record.action)))
    return said


def _is_removal_on_return(command: ManageMember, ending: StoryResult) -> bool:
    return all(command.decision_id != each.decision_id or command.at_ms != each.at_ms for each in ending.decisions)


def _decision_as_model(decision: Decision, sent: list[tuple[str, str]]) -> tuple[Any, ...]:
    shown, about = evidence(decision), (decision.at_ms - START_MS, decision.cause_event_id, decision.subject_id)
    if "NOT_REMOVED" in decision.reasons:
        return (*about, decision.outcome, "NOT_REMOVED", sent)
    special = set(decision.reasons) & SPECIAL
    if special & {"REPEATED_HIT", "GRAFT_REFUSED"}:
        return (*about, decision.outcome, *special)
    inviter = shown["preview"].get("inviter")
    seen = {
        "near": {each["account_id"]: each["distance"] for each in shown["associated"]},
        "share": shown["preview"]["share"],
        "spared": shown["preview"]["spared"],
        "weakly_tied": shown["preview"]["weakly_tied"],
        "depth": shown["offender"]["depth"],
        "provisional": shown["preview"]["provisional"],
        "inviter": None if inviter is None else (inviter["account_id"], inviter["let_in"], inviter["offenders"]),
    }
    return (*about, decision.outcome, special.pop() if special else "", sent, seen)


def with_delays(told: GroupStory, seed: int) -> GroupStory:
    """The same events, each delayed by up to the lateness."""
    rng, other = random.Random(seed), GroupStory(told.policy)
    delays = {id(event): rng.uniform(0, LATENESS) for event in told.events}
    other.events = sorted(told.events, key=lambda event: event.at_ms + delays[id(event)])  # type: ignore[attr-defined]
    return other


MODES = st.sampled_from(["A", "B", "UNION"])


@dataclass(frozen=True)
class Rules:
    mode: str
    th1: int
    th2: int
    limit: int
    everywhere: bool
    alone: bool
    hits: int
    small: int
    link: int
    confirm: int

    @property
    def policy(self) -> Policy:
        alone = {} if self.alone else {"suffice_alone": frozenset[str](), "reports_suffice": None}
        return policy(
            mode=ForestMode(self.mode),
            th1=self.th1,
            th2=self.th2,
            mass_limit=self.limit,
            all_incarnations=self.everywhere,
            hits_needed=self.hits,
            small_group=self.small,
            link_weight=self.link,
            reports_confirm=self.confirm,
            **alone,
        )

    @property
    def model(self) -> GroupModel:
        known = (self.mode, self.th1, self.th2, self.limit, self.everywhere, START_MS)
        sizes = {"hits_needed": self.hits, "small": self.small, "link": self.link, "confirm": self.confirm}
        return GroupModel(*known, alone=self.alone, **sizes)


FAR = st.sampled_from([0, 1, 2, 9])
SOME = st.sampled_from([1, 2])
RULES = st.builds(
    Rules, MODES, FAR, FAR, st.sampled_from([1, 200]), st.booleans(), st.booleans(), SOME, FAR, SOME, st.integers(1, 3)
)


@settings(max_examples=60)
@given(ACTS, RULES)
def test_a_group_decides_as_the_model_does__if_1_to_if_41(acts: list[Act], rules: Rules) -> None:
    assert outputs_as_model(story(acts, rules.policy).play()) == expected(acts, rules.model)


ACCUSING = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 7, 40, REPORTS - 1, UPHELD, UPHELD + 1, model.AGAIN)),
        st.sampled_from((*["report"] * 6, *["post"] * 3, "join", "link", "leave")),
        st.sampled_from("aaaab"),
        st.sampled_from("bcde"),
    ),
    min_size=5,
    max_size=20,
)


@settings(max_examples=150)
@given(ACCUSING, RULES)
def test_a_crowd_that_accuses_decides_as_the_model_does__if_43_to_if_49(acts: list[Act], rules: Rules) -> None:
    """Three have joined by themselves; one or two are accused, and others come through these, report and go."""
    turned = [
        (step, kind, *((other, who) if kind in ("join", "link", "leave") else (who, other)))
        for step, kind, who, other in acts
    ]
    told = [*((0, "join", who, "f") for who in "abc"), *turned]
    assert outputs_as_model(story(told, rules.policy).play()) == expected(told, rules.model)


@settings(max_examples=40)
@given(ACTS, MODES, st.integers(0, 1000))
def test_the_order_of_arrival_within_the_lateness_changes_nothing__if_e11_c_4(
    acts: list[Act], mode: str, seed: int
) -> None:
    told = story(acts, policy(mode=ForestMode(mode)))
    ordered, shuffled = (
        sorted((topic, key, encode(record)) for topic, key, record in each.play().outputs)
        for each in (told, with_delays(told, seed))
    )
    assert shuffled == ordered


@settings(max_examples=40)
@given(ACTS, st.lists(st.integers(0, 25), max_size=5))
def test_a_repeated_event_counts_once__c_12(acts: list[Act], again: list[int]) -> None:
    told, twice = story(acts, policy()), story(acts, policy())
    for number in sorted(again, reverse=True):
        if number < len(twice.events):
            twice.events.insert(number, twice.events[number])
    assert outputs_as_model(twice.play()) == outputs_as_model(told.play())
