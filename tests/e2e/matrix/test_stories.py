"""Stories on a real homeserver, as people and moderators see them; also with a connector that is killed meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from connectors.kit.event_checks import ambiguous, faults_of
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_io import read_topic
from jobs.local.ports import free_ports
from schemas.records import MessageSent
from schemas.topics import DEAD_LETTERS
from tests.connectors.matrix.stage import open_stage_beside
from tests.e2e.matrix import groups, pairs
from tests.e2e.matrix.gateway import TOKEN, Gateway
from tests.e2e.matrix.people import BOT
from tests.e2e.matrix.rounds import tell
from tests.e2e.matrix.topics import open_topics
from tests.e2e.matrix.town import MODERATOR, Town, now_ms
from tests.e2e.support.stage import Scene, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.connectors.matrix.stage import Stage as Matrix

    Told = Callable[[Any], dict[str, Any]]

STORIES: Final = (
    *(pairs.scam_by_a_new_friend, pairs.stolen_account, pairs.lookalike, pairs.erasure),
    *(groups.spammer_in_a_group, groups.three_reports, groups.overturned_ban, groups.event_group),
)
ROUNDS: Final = {"undisturbed": False, "killed": True}
POLICY: Final = """
version: stories
common: {idle_ms: 1s, risk_window_ms: 20s}
friendship_age:
  first_operation: {BLOCK: {}, WARN: {channels: [IN_APP]}}
"""


@pytest.fixture(scope="module")
def town(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Provide the homeserver with the connector, beside the job on Flink."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "policy.yaml").write_text(POLICY)
    scene = Scene(stage, "town")
    try:
        with open_stage_beside(Brokers(scene.bootstrap), folder) as matrix:
            (port,) = free_ports(1)
            gateway = Gateway(port, matrix.listens_at)
            matrix.configure(f"gateway: {{address: '{gateway.address}', token: {TOKEN}}}")
            matrix.moderate_in(asyncio.run(moderation_room(matrix)))
            matrix.start()
            scene.cluster.submit(
                "-m", "jobs", "run", "--bootstrap", scene.bootstrap, "--policy", str(folder / "policy.yaml"),
                "--checkpoints", (folder / "checkpoints").as_uri(),
            )  # fmt: skip
            with open_topics(matrix.brokers) as topics:
                yield Town(matrix, gateway, topics)
    finally:
        scene.close()


async def moderation_room(matrix: Matrix) -> str:
    async with matrix.client(MODERATOR) as eve:
        return await eve.room(invite=[BOT])


@pytest.fixture(scope="module", params=ROUNDS)
def told(town: Town, request: pytest.FixtureRequest) -> Told:
    """Tell all stories at once, and provide what people have seen in each."""
    number, kills = [*ROUNDS].index(request.param), ROUNDS[request.param]
    outcomes = asyncio.run(tell(town, number, STORIES, kills=kills))

    def outcome(story: Any) -> dict[str, Any]:
        if isinstance(outcomes[story], Exception):
            raise outcomes[story]
        return dict(outcomes[story])

    return outcome


def test_a_scam_by_a_new_friend_is_ignored_and_warned_of__mx_24_mx_26(told: Told) -> None:
    seen = told(pairs.scam_by_a_new_friend)
    assert seen["ignored"] == [seen["scammer"]]
    assert [seen["scammer"] in notice.body for notice in seen["notices"]] == [True]


def test_the_owner_of_a_stolen_account_is_asked_elsewhere_and_it_is_blocked__mx_27(told: Told) -> None:
    seen = told(pairs.stolen_account)
    assert len(seen["asked"]) == 1
    assert seen["asked at"] == {seen["linked"]}
    assert seen["ignored before"] == []
    assert seen["ignored"] == [seen["thief"]]
    assert [seen["thief"] in notice.body for notice in seen["notices"]] == [True]
    assert seen["notices of the account"] == []


def test_a_lookalikes_invitation_is_held_until_the_imitated_friend_says_no__mx_28(told: Told) -> None:
    seen = told(pairs.lookalike)
    assert seen["waiting"] == set()
    assert seen["invited"] == seen["may come"] == [False, True]
    assert seen["questions"] == [1, 1]


def test_a_spammer_is_removed_and_who_came_along_is_moderated__mx_29_mx_30(told: Told) -> None:
    seen = told(groups.spammer_in_a_group)
    assert (seen["spammer"], seen["guest of the inviter"], seen["others"]) == ("ban", "leave", {"join"})
    assert "Nor of mine" in seen["read"]
    assert "He is no friend of mine" not in seen["read"]
    assert (seen["held"], seen["shown to moderators"]) == (1, 1)


def test_three_reports_bring_a_member_before_people_and_no_further__mx_6_mx_32(told: Told) -> None:
    seen = told(groups.three_reports)
    assert seen == {"told": 1, "asked": 1, "member": "join", "told the member": []}


def test_a_moderator_overturns_a_ban_by_a_reaction__mx_7_mx_23(told: Told) -> None:
    assert told(groups.overturned_ban) == {"questions": 1, "member": "join", "can write": True}


def test_who_agrees_comes_into_an_event_group_and_who_does_not_stays_out__mx_31(told: Told) -> None:
    seen = told(groups.event_group)
    assert seen["members"] == ["join", "join", "join", "leave"]
    assert seen["answers"] == [{True}, {True}, {False}]
    first, last = seen["told"]
    assert "A fall." in first
    assert "closed" in last


def test_of_an_erased_account_nothing_is_kept_and_nothing_more_is_said__mx_8(told: Told) -> None:
    seen = told(pairs.erasure)
    assert seen["known before"]
    assert seen["said of the other"]
    assert (seen["kept"], seen["said"]) == (False, [])


@pytest.mark.parametrize("told", ["killed"], indirect=True)
def test_every_story_was_hit_by_a_kill_when_there_was_something_to_do__mx_20(told: Told, town: Town) -> None:
    assert told(pairs.scam_by_a_new_friend)
    assert town.spared == []


def test_every_message_was_told_once_and_its_text_is_nowhere__mx_9_mx_33(told: Told, town: Town) -> None:
    assert told(pairs.scam_by_a_new_friend)
    people = [each for each in town.topics.events() if isinstance(each, MessageSent) and each.sender_id != BOT]
    assert {each.event_id for each in people} - town.tried == town.said.keys()
    assert [text for text in town.said.values() if text.encode() in town.kept()] == []


def test_every_command_was_carried_out_and_every_event_is_valid__mx_20(told: Told, town: Town) -> None:
    assert told(pairs.scam_by_a_new_friend)
    assert town.unsettled() == []
    assert list(faults_of(town.stage.sent(), now_ms())) == []
    assert list(ambiguous(town.stage.records())) == []
    assert list(read_topic(town.stage.brokers, DEAD_LETTERS)) == []
