"""Groups: how members came, by whose leave, their roles, and how they went (MX-2)."""

from __future__ import annotations

import pytest

from schemas.records import MemberJoined, MemberLeft, MemberRole, RoleChanged, SanctionLifted
from tests.connectors.matrix.talk import Talk, room_id, user


def joins(records: list[object]) -> list[tuple[str, str | None, str]]:
    return [(each.account_id, each.inviter_id, each.via.value) for each in records if isinstance(each, MemberJoined)]


def test_the_founder_comes_with_the_first_other_and_is_the_owner__mx_2(talk: Talk) -> None:
    assert talk.create("ada", "club") == []
    assert talk.levels("ada", "club", ada=100) == []
    founded, role = talk.member("ben", "club", "invite", "ada")
    assert isinstance(founded, MemberJoined)
    assert joins([founded]) == [(user("ada"), None, "FOUNDING")]
    assert isinstance(role, RoleChanged)
    assert (role.account_id, role.role) == (user("ada"), MemberRole.OWNER)
    (invited,) = talk.member("ben", "club", "join")
    assert isinstance(invited, MemberJoined)
    assert joins([invited]) == [(user("ben"), user("ada"), "INVITE")]
    assert invited.inviter_role is MemberRole.OWNER
    assert founded.at_ms < invited.at_ms
    assert founded.group_id == invited.group_id == room_id("club")


def test_who_joins_without_an_invitation_comes_by_the_public_address__mx_2(talk: Talk) -> None:
    talk.create("ada", "club")
    assert joins(talk.member("ben", "club", "join")) == [(user("ada"), None, "FOUNDING"), (user("ben"), None, "LINK")]


def test_who_has_knocked_comes_by_the_approval_of_who_invites__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    assert talk.member("carl", "club", "knock") == []
    assert talk.member("carl", "club", "invite", "ben") == []
    assert joins(talk.member("carl", "club", "join")) == [(user("carl"), user("ben"), "APPROVAL")]


@pytest.mark.parametrize(
    ("membership", "by", "removed_by"),
    [("leave", "ben", None), ("leave", "ada", "ada"), ("ban", "ada", "ada"), ("leave", "kithward", None)],
)
def test_who_leaves_says_who_has_removed_it_except_where_a_command_has__mx_2(
    talk: Talk, membership: str, by: str, removed_by: str | None
) -> None:
    talk.group("ada", "club", "ben")
    (left,) = talk.member("ben", "club", membership, by)
    assert isinstance(left, MemberLeft)
    assert (left.account_id, left.removed_by) == (user("ben"), removed_by and user(removed_by))


def test_a_withdrawn_invitation_becomes_nothing__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    talk.member("carl", "club", "invite", "ben")
    assert talk.member("carl", "club", "leave", "ben") == []


@pytest.mark.parametrize(("by", "is_lifted"), [("ada", True), ("kithward", False)])
def test_a_ban_that_people_take_back_is_a_sanction_lifted__mx_2(talk: Talk, by: str, *, is_lifted: bool) -> None:
    talk.group("ada", "club", "ben")
    talk.member("ben", "club", "ban", "ada")
    assert [type(each) for each in talk.member("ben", "club", "leave", by)] == [SanctionLifted] * is_lifted


def test_roles_follow_the_levels_of_power__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben", "carl")
    changed = talk.levels("ada", "club", ada=100, ben=50)
    assert [(each.account_id, each.role) for each in changed if isinstance(each, RoleChanged)] == [
        (user("ben"), MemberRole.ADMIN)
    ]
    (lowered,) = talk.levels("ada", "club", ada=100)
    assert isinstance(lowered, RoleChanged)
    assert (lowered.account_id, lowered.role) == (user("ben"), MemberRole.MEMBER)


def test_creators_of_newer_rooms_are_owners_whatever_the_levels__mx_2(talk: Talk) -> None:
    talk.create("ada", "club", version="12", additional_creators=[user("ben"), 7])
    talk.levels("ada", "club", carl=50)
    talk.member("ben", "club", "invite", "ada")
    records = talk.member("ben", "club", "join")
    assert [(each.account_id, each.role) for each in records if isinstance(each, RoleChanged)] == [
        (user("ben"), MemberRole.OWNER)
    ]


def test_a_level_written_as_text_counts_and_one_that_is_none_does_not__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben", "carl")
    changed = talk.levels("ada", "club", ada=100, ben="50", carl=True)
    assert [each.account_id for each in changed if isinstance(each, RoleChanged)] == [user("ben")]


def test_a_changed_name_and_a_repeated_event_change_no_membership__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    joined = talk.membership("carl", "club", "join")
    assert joins(talk.send(joined)) == [(user("carl"), None, "LINK")]
    assert talk.send(joined, transaction="again") == []
    assert joins(talk.member("carl", "club", "join", displayname="Carl")) == []


def test_what_is_no_membership_changes_nothing__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    assert talk.member("carl", "club", "elsewhere") == []
    assert talk.send(talk.event("m.room.member", "carl", "club", state_key=user("carl"))) == []
    assert talk.send(talk.event("m.room.member", "carl", "club", content={"membership": "join"})) == []


def test_the_room_of_the_moderators_is_no_group__mx_2(talk: Talk) -> None:
    talk.group("ada", "moderation", "ben")
    talk.say("ada", "moderation")
    assert talk.writer.written == []


def test_two_groups_that_an_account_shares_with_another_are_found_after_a_restart__mx_2(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    talk.group("ada", "team", "ben", "carl")
    talk.restart()
    assert talk.memory.rooms.shared_groups(user("ada"), user("ben"), 20) == [room_id("club"), room_id("team")]
    assert talk.memory.rooms.shared_groups(user("ben"), user("carl"), 20) == [room_id("team")]


def kept(talk: Talk) -> dict[str, int]:
    """Return how many rows the store has of rooms and of those in them."""
    tables = ("rooms", "members", "named", "profiles")
    return {table: talk.store.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608 - our own


FAR = "@far:elsewhere.example"


def test_a_room_that_all_own_users_have_left_is_forgotten_and_who_is_in_no_other_too__mx_10(talk: Talk) -> None:
    talk.group("ada", "club", "ben")
    talk.member(FAR, "club", "join", displayname="Far")
    talk.group("ada", "team", "carl")
    before = kept(talk)
    talk.member("ben", "club", "leave")
    talk.member("ada", "club", "leave")
    assert before == {"rooms": 2, "members": 5, "named": 2, "profiles": 1}
    assert kept(talk) == {"rooms": 1, "members": 2, "named": 1, "profiles": 0}
    talk.restart()
    assert talk.memory.rooms.find(room_id("club")) is None
    assert [type(each) for each in talk.member("carl", "team", "leave")] == [MemberLeft]


def test_of_who_is_in_another_room_the_profile_stays__mx_5(talk: Talk) -> None:
    talk.group("ada", "club")
    talk.group("ada", "team")
    for room in ("club", "team"):
        talk.member(FAR, room, "join", displayname="Far")
    talk.member(FAR, "club", "leave")
    assert talk.member(FAR, "team", "join", displayname="Far") == []
    talk.member(FAR, "team", "leave")
    assert kept(talk)["profiles"] == 0


def test_a_room_in_which_somebody_is_invited_or_the_bot_moderates_is_kept__mx_10(talk: Talk) -> None:
    for room, who in (("club", "ben"), ("team", "kithward")):
        talk.create(FAR, room)
        talk.member("ada", room, "join")
        talk.member(who, room, "invite", "ada")
    talk.member("kithward", "team", "join")
    for room in ("club", "team"):
        talk.member("ada", room, "leave")
    assert kept(talk)["rooms"] == 2
    talk.member("ben", "club", "leave")
    assert kept(talk)["rooms"] == 1


def test_the_room_of_two_friends_one_of_whom_a_command_has_made_leave_is_kept__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    for name in ("rosa", "mika"):
        talk.store.run("INSERT INTO departures VALUES (?, ?, ?, ?)", room_id("dm"), user(name), 2**50, "")
        talk.member(name, "dm", "leave")
    assert kept(talk)["rooms"] == 1
