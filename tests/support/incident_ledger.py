"""Searches, prompts and answers in the naive model of event groups: one memory for everything, scanned end to end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.support.incident_case import DAY_MS, STRENGTH, Case, Line, Someone, metres, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from operators.policy.event_group import EventGroupPolicy


class Ledger:
    """All state of the model, and its outputs as lines."""

    def __init__(self, rules: EventGroupPolicy) -> None:
        self.rules, self.now, self.lines = rules, 0, list[Line]()
        self.follows: dict[tuple[str, str], list[Any]] = {}  # status, asked at, changed at, limited
        self.places: dict[str, tuple[float, float, int]] = {}
        self.areas: dict[str, tuple[Any, int]] = {}
        self.known: dict[str, tuple[Any, int]] = {}
        self.cases: dict[str, Case] = {}
        self.audited: set[str] = set()
        self.requests: set[tuple[str, str]] = set()
        self.reports: dict[str, list[int]] = {}
        self.rejections: dict[str, list[int]] = {}
        self.finds: dict[str, list[int]] = {}  # the days of searches that found an object by its location
        self.inviters: dict[str, dict[str, int]] = {}  # who invited an account into a group, and when

    def _decide(self, outcome: str, case: Case, other: str | None = None, *reasons: str) -> None:
        self.lines.append((self.now, outcome, case.reporter, other, case.report.incident_id, reasons))

    def _command(self, name: str, case: Case, account: str | None = None, roles: Iterable[str] | None = None) -> None:
        ranked = None if roles is None else tuple(role for role in STRENGTH if role in set(roles))
        self.lines.append((self.now, name, case.report.incident_id, account, ranked))

    def _add_watched(
        self, wanted: dict[str, set[str]], objects: set[str], follows_of: Callable[[str, set[str]], set[str]]
    ) -> None:
        for (follower, watched), one in self.follows.items():
            if one[0] == "ACTIVE" and watched in objects:
                wanted.setdefault(watched, set()).add("OBJECT")
                if follows_of(follower, objects):
                    wanted.setdefault(follower, set()).add("FOLLOWER")

    def _ask_named(self, first: Case, merged: Case) -> None:
        """Ask whom a report names that is merged into an open group."""
        merged.merged = first
        first.named |= merged.named
        self._ask_about(first, merged.named)

    def _ask_about(self, case: Case, accounts: set[str]) -> None:
        """Ask objects that concern the incident wherever they are, and their followers, also those who have waited."""
        objects = {o for (_, o), one in self.follows.items() if one[0] == "ACTIVE" and o in accounts}
        case.selected |= objects
        case.located -= accounts
        self._pop_waiting(case, accounts)
        wanted: dict[str, set[str]] = {}
        self._add_watched(wanted, objects, partial(self._followed, case))
        for name in sorted(wanted):
            self._prompt(case, name, wanted[name], self._followed(case, name, objects))

    def _followed(self, case: Case, follower: str, objects: set[str]) -> set[str]:
        """Return those objects of whom a follower may be told, as far as the follow's scope goes."""
        is_emergency = case.report.kind in self.rules.emergency_kinds
        active = {o for (f, o), one in self.follows.items() if f == follower and one[0] == "ACTIVE" and o in objects}
        return {o for o in active if is_emergency or not self.follows[follower, o][3]}

    # who is near

    def _away(self, name: str, case: Case, radius_m: int | None = None) -> int | None:
        latitude, longitude, seen = self.places[name]
        away = metres((latitude, longitude), place_of(case.report))
        is_within = away <= (radius_m or self.rules.radius_m)
        return away if self.now - seen <= self.rules.location_ttl_ms and is_within else None

    def _search(self, case: Case) -> None:
        """Count whom a search finds by the location."""
        watched = {o for (_, o), one in self.follows.items() if one[0] == "ACTIVE"}
        for name in sorted(o for o in watched if o in self.places and self._away(o, case) is not None):
            finds, today = self.finds.setdefault(name, []), self.now // DAY_MS
            finds.append(today)
            number = sum(today - 7 < day for day in finds)
            limit = self.rules.found_again_limit
            if number == limit or (number > limit and finds.count(today) == 1):
                self.lines.append((self.now, "FOUND_AGAIN", name, None, case.report.incident_id, ()))

    def _others(self, case: Case, wanted: dict[str, set[str]]) -> set[str]:
        """Return who is not merely nearby, wherever the objects are that were found by their location."""
        sure = {name for name, roles in wanted.items() if roles & {"ORGANISATION", "OBJECT"}}
        return (
            sure
            | {case.reporter}
            | {f for f, _ in self.follows if self._told_of(case, f, case.selected - case.located)}
        )

    def _widen(self, case: Case) -> None:
        helping = {"NEARBY_USER", "ORGANISATION"}
        members = [one.roles for one in case.people.values() if one.status == "MEMBER"]
        has_come = any(roles & helping and not roles & {"EVENT_USER", "OBJECT"} for roles in members)
        for step in self.rules.widen:
            if case.created + step.after_ms == self.now and not has_come:
                watched = {o for (_, o), one in self.follows.items() if one[0] == "ACTIVE"}
                near = sorted(
                    (away, name)
                    for name in self.places.keys() - watched
                    if (away := self._away(name, case, step.radius_m)) is not None and not self._is_asked(case, name)
                )
                if near:
                    self._decide("WIDENED", case)
                for _, name in sorted(near[: step.nearby_at_most]):
                    self._prompt(case, name, {"NEARBY_USER"}, set())

    def _is_asked(self, case: Case, name: str) -> bool:
        one = case.people.get(name, Someone())
        return one.status != "" and not (one.roles == {"FOLLOWER"} and one.follows <= case.located)

    def _end_waits(self, case: Case) -> None:
        if case.status != "OPEN":
            return
        for name, one in case.people.items():
            if one.status == "PROMPTED" and one.deadline == self.now:
                one.status = "EXPIRED"
                self._decide("PROMPT_EXPIRED", case, name)
        if case.created + self.rules.group_life_ms == self.now:
            self._close(case, "LIFE")
        else:
            self._tell(case, {name for name in case.located if self._tells(case, name, self.now)})

    # who may be told of whom

    def _tells(self, case: Case, watched: str, now: int) -> bool:
        one = case.people.get(watched, Someone())
        is_silent = one.prompted >= 0 and one.prompted + self.rules.tell_followers_after_ms <= now
        told = one.status == "MEMBER" or (is_silent and one.status not in ("DECLINED", "DECLINED_LATE"))
        return watched not in case.located or case.report.kind in self.rules.emergency_kinds or told

    def _is_involved(self, case: Case, name: str) -> bool:
        return name in {case.reporter, *case.inviters} or "EVENT_USER" in case.people.get(name, Someone()).roles

    def _told_of(self, case: Case, follower: str, objects: set[str]) -> set[str]:
        near = case.located if self._is_involved(case, follower) else set[str]()
        return {o for o in self._followed(case, follower, objects) - near if self._tells(case, o, self.now - 1)}

    def _hold_back(self, case: Case, objects: set[str], followers: set[str]) -> None:
        for follower in followers:
            followed = self._followed(case, follower, objects & case.located)
            waits = followed - self._told_of(case, follower, objects)
            if waits and not self._is_involved(case, follower):
                case.people.setdefault(follower, Someone()).waits |= waits

    def _tell(self, case: Case, objects: set[str]) -> None:
        for name, news in self._pop_waiting(case, objects):
            self._prompt(case, name, {"FOLLOWER"}, news)

    def _pop_waiting(self, case: Case, objects: set[str]) -> list[tuple[str, set[str]]]:
        """Return who has waited, and for whom; whoever was asked as nobody's follower is asked anew."""
        told = []
        for name, one in case.people.items():
            news = one.waits & objects
            one.waits -= news
            if news and not self._is_involved(case, name):
                if one.status in ("PROMPTED", "DECLINED", "DECLINED_LATE") and "FOLLOWER" not in one.roles:
                    one.status = "ANEW"
                told.append((name, news))
        return told

    def _ask(self, case: Case, wanted: dict[str, set[str]], watched: str) -> None:
        for name in sorted(wanted):
            roles = wanted[name]
            if roles == {"OBJECT"} and "OBJECT" in case.people.get(name, Someone()).roles:
                continue
            self._prompt(case, name, roles, {watched} if "FOLLOWER" in roles else set())

    def _prompt(self, case: Case, name: str, roles: set[str], follows: set[str]) -> None:
        one = case.people.setdefault(name, Someone())
        one.roles |= roles
        one.follows |= follows
        one.waits -= follows
        if one.status not in ("PROMPTED", "MEMBER", "DECLINED", "DECLINED_LATE"):
            one.status, one.deadline = "PROMPTED", self.now + self.rules.prompt_timeout_ms
            one.prompted = one.found = self.now
            self._command("PromptToJoin", case, name, one.roles)

    def on_JoinAnswered(self, event: Any) -> None:  # noqa: N802
        case = self.cases.get(event.incident_id)
        if case is None or case.status != "OPEN":
            return
        one = case.people.get(event.account_id, Someone())
        if one.status in ("", "CANCELLED") or (event.accepted and one.status in ("EXPIRED", "DECLINED_LATE")):
            return
        if event.accepted and (one.prompted < 0 or (not one.roles and one.status != "MEMBER")):
            return
        was, one.answered = one.status, self.now
        if event.accepted:
            one.status = "MEMBER"
            if was != "MEMBER":
                self._decide("MEMBER_ADDED", case, event.account_id)
                self._command("AddMember", case, event.account_id, one.roles)
                self._tell(case, {event.account_id} & case.located)
        elif was not in ("DECLINED", "DECLINED_LATE"):
            self._decline(case, event.account_id, one)

    def on_IncidentWithdrawn(self, event: Any) -> None:  # noqa: N802
        case = self.cases.get(event.incident_id)
        if case is None:
            return
        one = case.people.get(event.account_id, Someone())
        if case.status == "REQUESTED" and event.account_id == case.reporter:
            self._close(case, "WITHDRAWN")
        elif case.status == "OPEN":
            was, one.answered = one.status, self.now
            if was == "MEMBER":
                self._decline(case, event.account_id, one, "WITHDRAWN")

    def _decline(self, case: Case, name: str, one: Someone, *reasons: str) -> None:
        was = one.status
        one.status = "DECLINED_LATE" if was == "EXPIRED" and self.now > one.deadline else "DECLINED"
        self._decide("MEMBER_DECLINED", case, name, *reasons)
        if was == "MEMBER":
            self._command("ManageMember", case, name)
            self._close_if_abandoned(case)

    def _is_awaited(self, case: Case) -> bool:
        return int(case.report.at_ms) + self.rules.audit_timeout_ms >= self.now

    def _leave_unaudited(self, case: Case, audit: Any) -> None:
        if case.merged is None or not case.audit_open or audit.approved:
            return
        one = case.merged.people.get(case.reporter, Someone())
        is_added = case.merged.status == "OPEN" and one.status == "MEMBER" and "EVENT_USER" in one.roles
        if self._is_awaited(case) and is_added:
            case.audit_open, one.answered = False, self.now
            self._decline(case.merged, case.reporter, one, "AUDIT_REJECTED")

    def _reject_emergency(self, case: Case) -> None:
        others = [one for name, one in case.people.items() if name != case.reporter]
        if not any(one.status == "MEMBER" and "EVENT_USER" in one.roles for one in others):
            self._close(case, "AUDIT_REJECTED")
            return
        founder = case.people.get(case.reporter, Someone())
        if founder.status == "MEMBER":
            founder.answered = self.now
            self._decline(case, case.reporter, founder, "AUDIT_REJECTED")

    def _close_if_abandoned(self, case: Case) -> None:
        keeping = {"EVENT_USER", "FOLLOWER", "ORGANISATION"}
        if not any(one.status == "MEMBER" and one.roles & keeping for one in case.people.values()):
            self._close(case, "WITHDRAWN")

    def on_IncidentClosed(self, event: Any) -> None:  # noqa: N802
        case = self.cases.get(event.incident_id)
        if case is not None and case.status in ("REQUESTED", "OPEN"):
            self._close(case)

    def _close(self, case: Case, *reasons: str) -> None:
        was, case.status = case.status, "CLOSED"
        self._decide("CLOSED", case, None, *reasons)
        if was == "OPEN":
            self._command("CloseEventGroup", case)
            for name, one in case.people.items():
                if one.status == "PROMPTED":
                    self._command("CancelPrompt", case, name)
                elif one.prompted >= 0 and one.status in ("EXPIRED", "DECLINED", "DECLINED_LATE"):
                    self._command("TellEnded", case, name)
