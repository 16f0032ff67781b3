"""A naive model of event groups: one memory for everything, scanned from end to end. The job must agree with it.

It has no keys, cells, shards or messages between steps; events are handled one by one in the order of C-2.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from schemas.event_order import order_of
from tests.support.incident_case import DAY_MS, Case, Line, Someone, metres, place_of
from tests.support.incident_ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.records import Record


class Model(Ledger):
    """Handles events one by one."""

    def run(self, events: Iterable[Record]) -> list[Line]:
        """Handle events in order, timers after them, to the end of time."""
        waiting = sorted(events, key=lambda one: (one.at_ms, *order_of(one)))  # type: ignore[attr-defined]
        while waiting or self._timers():
            self.now = min([one.at_ms for one in waiting[:1]] + self._timers())  # type: ignore[attr-defined]
            while waiting and waiting[0].at_ms == self.now:  # type: ignore[attr-defined]
                event = waiting.pop(0)
                getattr(self, f"on_{type(event).__name__}")(event)
            self._fire_timers()
        return self.lines

    # time

    def _timers(self) -> list[int]:
        found = [
            asked + self.rules.follow_pending_ms for status, asked, *_ in self.follows.values() if status == "PENDING"
        ]
        for case in self.cases.values():
            if case.audit_open and case.status in ("REQUESTED", "OPEN"):
                found.append(case.report.at_ms + self.rules.audit_timeout_ms)
            if case.status == "OPEN":
                found.append(case.created + self.rules.group_life_ms)
                found += [one.deadline for one in case.people.values() if one.status == "PROMPTED"]
                asked = [case.people[name].prompted for name in case.located if name in case.people]
                told = [at + self.rules.tell_followers_after_ms for at in asked if at >= 0]
                widened = [case.created + step.after_ms for step in self.rules.widen]
                found += [at for at in (*told, *widened) if at > self.now]
        return found

    def _fire_timers(self) -> None:
        for pair, (status, asked, *_) in list(self.follows.items()):
            if status == "PENDING" and asked + self.rules.follow_pending_ms == self.now:
                del self.follows[pair]
        for case in self.cases.values():
            if case.status == "OPEN":
                self._widen(case)
            if case.audit_open and case.report.at_ms + self.rules.audit_timeout_ms == self.now:
                self._time_out_audit(case)
            self._end_waits(case)

    def _time_out_audit(self, case: Case) -> None:
        if case.status == "REQUESTED":
            case.status = "REJECTED"
            self._decide("REJECTED", case, None, "AUDIT_SILENT")
        elif case.status == "OPEN":
            self._decide("APPROVED", case, None, "AUDIT_SILENT")
        case.audit_open = False

    # facts

    def on_FollowRequested(self, event: Any) -> None:  # noqa: N802 - named for the record
        pair = event.follower_id, event.object_id
        if self.follows.get(pair, [""])[0] not in ("PENDING", "ACTIVE"):
            self.follows[pair] = ["PENDING", self.now, self.now, False]

    def on_FollowAnswered(self, event: Any) -> None:  # noqa: N802
        pair = event.follower_id, event.object_id
        if self.follows.get(pair, [""])[0] == "PENDING":
            self.follows[pair][0], self.follows[pair][2] = "ACTIVE" if event.accepted else "DECLINED", self.now
            self.follows[pair][3] = event.scope == "EMERGENCIES"
            if event.accepted:
                for case in self.cases.values():
                    if case.status == "OPEN" and event.object_id in case.selected | case.named:
                        case.selected.add(event.object_id)
                        told = self._told_of(case, event.follower_id, {event.object_id})
                        wanted = {event.object_id: {"OBJECT"}} | ({event.follower_id: {"FOLLOWER"}} if told else {})
                        self._ask(case, wanted, event.object_id)
                        self._hold_back(case, {event.object_id}, {event.follower_id})

    def on_FollowRevoked(self, event: Any) -> None:  # noqa: N802
        pair = event.follower_id, event.object_id
        self.follows[pair] = ["REVOKED", -1, self.now, False]
        for case in self.cases.values():
            one = case.people.get(event.follower_id)
            if case.status == "OPEN" and one:
                one.waits.discard(event.object_id)
            if case.status == "OPEN" and one and event.object_id in one.follows:
                one.follows.discard(event.object_id)
                if not one.follows:
                    one.roles.discard("FOLLOWER")
                if not one.roles and one.status in ("", "PROMPTED"):
                    if one.status == "PROMPTED":
                        self._command("CancelPrompt", case, event.follower_id)
                    one.status = "CANCELLED"
                if one.status == "MEMBER":
                    self._close_if_abandoned(case)

    def on_LocationUpdated(self, event: Any) -> None:  # noqa: N802
        self.places[event.account_id] = (event.latitude, event.longitude, self.now)

    def on_OrganisationRegistered(self, event: Any) -> None:  # noqa: N802
        self.areas[event.organisation_id] = (event, self.now)

    def on_ObjectInformationChanged(self, event: Any) -> None:  # noqa: N802
        self.known[event.object_id] = ([feature.value for feature in event.features], self.now)

    def on_AccountErased(self, event: Any) -> None:  # noqa: N802
        who = event.account_id
        self.follows = {pair: one for pair, one in self.follows.items() if who not in pair or one[2] >= self.now}
        for memory in (self.places, self.areas, self.known):
            if who in memory and memory[who][-1] < self.now:
                del memory[who]
        self.finds.pop(who, None)
        self.inviters[who] = {name: at for name, at in self.inviters.get(who, {}).items() if at >= self.now}
        for history in (self.reports, self.rejections):
            history[who] = [at for at in history.get(who, []) if at >= self.now]
        for case in self.cases.values():
            one = case.people.get(who, Someone())
            named = case.report.at_ms if who in {case.reporter, *case.named} else -1
            if max(named, one.found, one.answered) < self.now:
                self._forget(case, who, one)

    def _forget(self, case: Case, who: str, one: Someone) -> None:
        case.people.pop(who, None)
        case.named.discard(who)
        case.selected.discard(who)
        case.located.discard(who)
        for other in case.people.values():
            other.waits.discard(who)
            if who in other.follows:
                other.follows = {*other.follows - {who}, ""}
        was, case.reporter = case.reporter, "" if case.reporter == who else case.reporter
        if case.status == "REQUESTED" and was == who:
            self._close(case, "WITHDRAWN")
        elif case.status == "OPEN" and one.status == "MEMBER":
            self._close_if_abandoned(case)

    def on_MemberJoined(self, event: Any) -> None:  # noqa: N802
        self.inviters.setdefault(event.account_id, {})[event.inviter_id] = self.now

    # reports and audits

    def on_IncidentReported(self, event: Any) -> None:  # noqa: N802
        if event.incident_id in self.cases:
            return
        case = Case(event, reporter=event.reporter_id, named=set(event.object_ids))
        if event.kind in self.rules.emergency_kinds:
            self._search(case)
        case.inviters = set(self.inviters.get(event.reporter_id, {}))
        self._decide("REQUESTED", case)
        reports = [at for at in self.reports.get(event.reporter_id, []) if self.now - at < DAY_MS]
        rejections = [at for at in self.rejections.get(event.reporter_id, []) if self.now - at < 30 * DAY_MS]
        same = [other for other in self._same(case) if other.reporter == event.reporter_id]
        self.cases[event.incident_id] = case
        if len(rejections) >= self.rules.rejections_limit:
            case.status = "REJECTED"
            self._decide("REJECTED", case, None, "REPORTER_BLOCKED")
        elif len(reports) >= self.rules.reports_per_day:
            case.status = "REJECTED"
            self._decide("REJECTED", case, None, "RATE_LIMIT")
        else:
            self.reports.setdefault(event.reporter_id, []).append(self.now)
            if same:
                self._close(case, "DUPLICATE")
            elif event.kind in self.rules.emergency_kinds:
                self._create_or_merge(case)

    def on_IncidentAudited(self, event: Any) -> None:  # noqa: N802
        case = self.cases.get(event.incident_id)
        if case is None or event.incident_id in self.audited:
            return
        self.audited.add(event.incident_id)
        if not event.approved and case.reporter:
            self.rejections.setdefault(case.reporter, []).append(self.now)
        if event.approved and self._is_awaited(case) and case.report.kind not in self.rules.emergency_kinds:
            self._search(case)
        self._leave_unaudited(case, event)
        if not case.audit_open or case.status not in ("REQUESTED", "OPEN"):
            return
        case.audit_open, was = False, case.status
        if event.approved:
            self._decide("APPROVED", case)
            if was == "REQUESTED":
                self._create_or_merge(case)
        elif was == "REQUESTED":
            case.status = "REJECTED"
            self._decide("REJECTED", case)
        else:
            self._reject_emergency(case)

    def _same(self, case: Case) -> list[Case]:
        one = case.report
        live = [other for other in self.cases.values() if other is not case and other.status in ("REQUESTED", "OPEN")]
        return [
            other
            for other in live
            if other.report.kind == one.kind
            and abs(other.report.at_ms - one.at_ms) <= self.rules.same_incident_ms
            and metres(place_of(other.report), place_of(one)) <= self.rules.same_incident_m
        ]

    def _create_or_merge(self, case: Case) -> None:
        groups = [other for other in self._same(case) if other.status == "OPEN"]
        if not groups:
            self._create(case)
            return
        first = min(groups, key=lambda other: (other.created, other.report.incident_id))
        one = first.people.setdefault(case.reporter, Someone())
        one.roles.add("EVENT_USER")
        if one.status == "MEMBER" or one.answered < case.report.at_ms:
            one.status, one.answered, one.found = "MEMBER", self.now, max(one.found, self.now)
            self._decide("MEMBER_ADDED", first, case.reporter, "MERGED")
            self._command("AddMember", first, case.reporter, one.roles)
            self._tell(first, {case.reporter} & first.located)
        self._ask_named(first, case)
        self._close(case, "MERGED")

    # people

    def _create(self, case: Case) -> None:
        case.status, case.created = "OPEN", self.now
        near = {name: away for name in self.places if (away := self._away(name, case)) is not None}
        active = [pair for pair, one in self.follows.items() if one[0] == "ACTIVE"]
        case.selected = {o for _, o in active if o in case.named or o in near}
        wanted = {name: {"NEARBY_USER"} for name in near}
        for name, (area, _) in self.areas.items():
            if (
                case.report.kind in area.incident_kinds
                and metres(place_of(area), place_of(case.report)) <= area.radius_m
            ):
                wanted.setdefault(name, set()).add("ORGANISATION")
        case.located = case.selected - case.named - {case.reporter}
        self._add_watched(wanted, case.selected, partial(self._told_of, case))
        user = wanted.pop(case.reporter, set()) | {"EVENT_USER"}
        case.people[case.reporter] = Someone(
            "MEMBER", user, self._told_of(case, case.reporter, case.selected), found=self.now
        )
        others = self._others(case, wanted)
        merely = sorted((away, name) for name, away in near.items() if name not in others)
        for _, name in merely[self.rules.nearby_at_most :]:
            wanted[name].discard("NEARBY_USER")
        wanted = {name: roles for name, roles in wanted.items() if roles}
        self._decide("CREATED", case)
        self._command("CreateEventGroup", case, case.reporter, user)
        for name in sorted(wanted):
            self._prompt(case, name, wanted[name], self._told_of(case, name, case.selected))
        self._hold_back(case, case.selected, {follower for follower, _ in self.follows})

    # identification

    def on_IdentificationRequested(self, event: Any) -> None:  # noqa: N802
        if (event.incident_id, event.request_id) in self.requests:
            return
        self.requests.add((event.incident_id, event.request_id))
        case = self.cases.get(event.incident_id)
        one = case.people.get(event.requester_id, Someone()) if case and case.status == "OPEN" else Someone()
        asking = {"EVENT_USER", "NEARBY_USER", "ORGANISATION"}
        if case is None or one.status != "MEMBER" or not one.roles & asking:
            self._answer(event, "FORBIDDEN_ROLE")
        elif one.asked >= self.rules.identifications_per_member:
            self._answer(event, "FORBIDDEN_ROLE", None, "RATE_LIMIT")
        else:
            one.asked += 1
            self._match(event, case)

    def _match(self, event: Any, case: Case) -> None:
        objects = {o for (_, o), one in self.follows.items() if one[0] == "ACTIVE" and o in self.known}
        scored = sorted((self._bits(event, name), name) for name in objects)
        found = [name for bits, name in scored if 1 - bits / 64 > float(self.rules.match_threshold)]
        if not found:
            self._answer(event, "NOT_FOUND")
            return
        best = set(found[: self.rules.match_prompt_at_most])
        self._answer(event, "MATCHED", found[0])
        self._ask_about(case, best)

    def _bits(self, event: Any, name: str) -> int:
        pairs = [(feature.value, known) for feature in event.features for known in self.known[name][0]]
        return min(sum(f"{a ^ b:08b}".count("1") for a, b in zip(*pair, strict=True)) for pair in pairs)

    def _answer(self, event: Any, outcome: str, best: str | None = None, *reasons: str) -> None:
        self.lines.append((self.now, outcome, event.requester_id, best, event.incident_id, reasons))
