"""A naive model of one group's forest: the rules of the specification, written without the job's code.

It keeps every stay for ever and scans all of them for every answer. It handles events in event order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.rules.invite_forest.forest_stay import Stay

STRICTNESS = (
    "WATCH NOTIFY_ADMIN RESTRICT_LINK_MEDIA RESTRICT_INVITE PRE_MODERATE MUTE REMOVE BAN".split()  # noqa: SIM905
)
WINDOW, REPEAT, BAN, HOLD, AGAIN = 100, 250, 160, 120, 130
FOREVER = 1 << 60
FIRST = ({"REMOVE": None, "BAN": BAN}, {"RESTRICT_INVITE": HOLD, "PRE_MODERATE": HOLD}, {"WATCH": HOLD})
REPEATED = ({"REMOVE": None, "BAN": None}, {"MUTE": HOLD}, {"PRE_MODERATE": HOLD})
INSTANT = ("REMOVE", "NOTIFY_ADMIN")
Cell = dict[str, int | None]


@dataclass
class Case:
    opened: int
    window: int
    stay: Stay
    barred: bool
    known_until: int
    asked: int  # when its removal was


@dataclass
class ForestModel:
    mode: str
    th1: int
    th2: int
    limit: int
    everywhere: bool
    start: int
    small: int = 20
    link: int = 2
    stays: list[Stay] = field(default_factory=list)
    eras: dict[str, int] = field(default_factory=dict)
    roles: dict[str, tuple[int, bool, bool]] = field(default_factory=dict)
    asked: set[tuple[int, str]] = field(default_factory=set)
    held: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    treated: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    offenders: set[tuple[int, str]] = field(default_factory=set)
    counted: dict[int, set[str]] = field(default_factory=dict)
    said: list[Any] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)  # when who is outside left last

    def of(self, who: str) -> list[Stay]:
        return [stay for stay in self.stays if stay.who == who]

    def inside(self, who: str) -> bool:
        return any(stay.left is None for stay in self.of(who))

    def is_admin(self, who: str, now: int) -> bool:
        since, admin, before = self.roles.get(who, (-FOREVER, False, False))
        return admin if since <= now else before

    def role(self, now: int, who: str, *, admin: bool) -> None:
        self.roles[who] = (now, admin, self.is_admin(who, now))

    def joins(self, now: int, who: str, by: str | None, name: str, *, weak: bool = False) -> None:
        admin = by is not None and self.is_admin(by, now)
        mine = self.of(who)
        unexplained = [
            stay
            for stay in mine
            if stay.provisional
            and (stay.left is None or now < stay.left)
            and now <= min((other.joined for other in self.stays if other.parent is stay), default=stay.joined)
        ]
        if unexplained and unexplained[-1].refused:
            return
        if unexplained:
            self.graft(unexplained[-1], now, by, name, admin=admin, weak=weak)
            return
        if mine and mine[-1].left is None:
            if not mine[-1].provisional:
                if now == mine[-1].joined and admin and not mine[-1].note:
                    former, mine[-1].parent, mine[-1].note = mine[-1].parent, None, by or ""
                    mine[-1].weak = weak
                    if former is not None and self.is_needless(former, now):
                        self.stays.remove(former)
                return
            mine[-1].left = now
        parent = self.inviter(now, by) if by is not None and not admin else None
        self.gone.pop(who, None)
        self.stay(Stay(who, now, parent, by or "" if admin else "", weak=weak))
        self.enforce_ban(now, who)

    def is_needless(self, stay: Stay, now: int) -> bool:
        """Return whether nothing is known of a stay but an invitation of this time that did not count."""
        known = not stay.provisional or stay.joined != now or stay.offended or stay.refused or stay.left is not None
        return not known and self.of(stay.who or "") == [stay] and all(each.parent is not stay for each in self.stays)

    def stay(self, stay: Stay) -> Stay:
        stay.person = f"{stay.who} {self.eras.get(stay.who or '', 0)}"
        self.stays.append(stay)
        return stay

    def placeholder(self, now: int, who: str) -> Stay:
        left = self.gone.get(who)
        return self.stay(Stay(who, now if left is None else left, provisional=True, left=left))

    def inviter(self, now: int, by: str) -> Stay:
        if not self.of(by):
            self.placeholder(now, by)
        return self.of(by)[-1]

    def graft(self, stay: Stay, now: int, by: str | None, name: str, *, admin: bool, weak: bool) -> None:
        parent = self.inviter(now, by) if by is not None and not admin else None
        if parent is not None and stay in parent.line:
            stay.refused = True
            self.said.append((now, name, stay.who, "REVIEW", "GRAFT_REFUSED"))
            return
        stay.joined, stay.parent, stay.note, stay.provisional = now, parent, by or "" if admin else "", False
        stay.weak = weak
        self.enforce_ban(now, stay.who or "")

    def enforce_ban(self, now: int, who: str) -> None:
        since, until, _ = self.held.get((who, "BAN"), (0, 0, ""))
        if since <= now < until:
            self.said.append((now, "back", who, "REMOVE"))

    def leaves(self, now: int, who: str) -> None:
        if self.inside(who):
            self.of(who)[-1].left = now
        else:
            self.gone[who] = now

    def shortest(self, opened: int) -> int:
        return max(opened + REPEAT, ((self.start + opened) // WINDOW + 1) * WINDOW - self.start)

    def lifted(self, now: int, who: str) -> None:
        if who in self.cases and self.cases[who].opened < now:
            self.cases[who].known_until = self.shortest(self.cases[who].opened)
            self.cases[who].barred = False
        self.held = {key: held for key, held in self.held.items() if key[0] != who or held[0] >= now}

    def erased(self, now: int, who: str) -> None:
        self.eras[who] = self.eras.get(who, 0) + 1
        for stay in self.of(who):
            stay.who, stay.left = None, now if stay.left is None else stay.left
        for stay in self.stays:
            stay.note = "" if stay.note == who else stay.note
        self.lifted(now, who)
        self.roles.pop(who, None)
        self.gone.pop(who, None)
        self.cases.pop(who, None)
        self.asked = {key for key in self.asked if key[1] != who}
        self.treated = {key: actions for key, actions in self.treated.items() if key[1] != who}
        self.offenders = {key for key in self.offenders if key[1] != who}

    def offends(self, now: int, who: str, name: str, *, confirmed: bool) -> None:
        case, window = self.cases.get(who), (self.start + now) // WINDOW
        if case is not None and now > case.known_until:
            case = None
        stay = self.of(who)[-1] if self.of(who) else None
        if case is not None and (case.window == window or (case.barred and case.stay is stay)):
            if case.barred and case.stay is stay and stay.left is None and now - case.asked >= AGAIN:
                case.asked = now
                self.said.append((now, name, who, "MANAGED", "NOT_REMOVED", [(who, "REMOVE")]))
            else:
                self.said.append((now, name, who, "MANAGED", "REPEATED_HIT"))
            return
        if stay is None:
            stay = self.placeholder(now, who)
        repeated = case is not None and now - case.opened <= REPEAT
        if confirmed:
            self.open_case(now, name, stay, REPEATED if repeated else FIRST, window)
        elif (window, who) in self.asked:
            self.said.append((now, name, who, "REVIEW", "REPEATED_HIT"))
        else:
            self.ask(now, name, stay, window)

    def ask(self, now: int, name: str, stay: Stay, window: int) -> None:
        who = stay.who or ""
        near = {other: tie for other, tie in self.near(stay).items() if self.inside(other)}
        admin = self.is_admin(who, now)
        cell: Cell = {} if admin else {"NOTIFY_ADMIN": None}
        self.treated.setdefault((window, who), set()).update(cell)
        self.asked.add((window, who))
        sent = self.impose(now, who, cell, name) + self.warned(who, admin=admin)
        reason = "OFFENDER_IS_ADMIN" if admin else "UNCONFIRMED"
        self.said.append((now, name, who, "REVIEW", reason, sent, self.preview(stay, near, now)))

    def warned(self, offender: str, *, admin: bool) -> list[tuple[str, str]]:
        members = sorted(stay.who or "" for stay in self.stays if stay.left is None)
        small = admin and len(members) <= self.small
        return [(who, "WARN") for who in members if who != offender] if small else []

    def open_case(self, now: int, name: str, stay: Stay, cells: tuple[Cell, Cell, Cell], window: int) -> None:
        who = stay.who or ""
        stay.offended = True
        near = {other: tie for other, tie in self.near(stay).items() if self.inside(other)}
        admins = {other for other in near if self.is_admin(other, now)}
        plain = {other for other, (weak, _) in near.items() if not weak} - admins
        counted = self.counted.setdefault(window, set())
        counted |= plain
        admin = self.is_admin(who, now)
        reason = "OFFENDER_IS_ADMIN" if admin else "MASS_LIMIT" if len(counted) > self.limit else ""
        sent = [] if admin else self.impose(now, who, cells[0], name)
        if not admin:
            self.offenders.add((window, who))
        for other in sorted(plain | admins) if not reason else ():
            cell = cells[1 if near[other][1] == 1 else 2] if other in plain else {"NOTIFY_ADMIN": None}
            sent += self.sanction_associated(now, other, cell, (window, name))
        ban = now if admin else FOREVER if cells[0]["BAN"] is None else now + BAN
        self.cases[who] = Case(now, window, stay, not admin, max(ban, self.shortest(now)), now)
        sent += self.warned(who, admin=admin)
        self.said.append(
            (now, name, who, "REVIEW" if reason else "MANAGED", reason, sent, self.preview(stay, near, now))
        )

    def preview(self, stay: Stay, near: dict[str, tuple[bool, int]], now: int) -> dict[str, Any]:
        members = sum(other.left is None for other in self.stays)
        admins = {other for other in near if self.is_admin(other, now)}
        hosts = {other for other, (weak, _) in near.items() if weak and other not in admins}
        return {
            "near": {other: distance for other, (_, distance) in near.items()},
            "share": f"{len(near) - len(admins) - len(hosts)}/{members}",
            "spared": len(admins),
            "weakly_tied": len(hosts),
            "depth": len(stay.line) - 1,
            "provisional": stay.line[-1].provisional,
            "inviter": self.record(stay),
        }

    def record(self, stay: Stay) -> tuple[str, int, int] | None:
        inviter = stay.note if stay.parent is None else stay.parent.who
        if not inviter:
            return None
        people = [other for other in self.stays if (other.parent.who if other.parent else other.note) == inviter]
        return inviter, len({each.person for each in people}), len({each.person for each in people if each.offended})

    def near(self, stay: Stay) -> dict[str, tuple[bool, int]]:
        starts = self.of(stay.who or "") if self.everywhere else [stay]
        found: dict[str, tuple[bool, int]] = {}
        for start in starts:
            for other in self.stays:
                tie = self.tie(start, other)
                if tie is not None and other.who not in (None, stay.who) and self.within(start, other, *tie):
                    found[other.who or ""] = min(tie, found.get(other.who or "", (True, FOREVER)))
        return found

    def within(self, start: Stay, other: Stay, host: bool, distance: int) -> bool:  # noqa: FBT001
        tied = [stay for stay in start.line if not any(below.weak for below in start.line[: start.line.index(stay)])]
        top = tied[min(self.th2, len(tied) - 1)]
        close, below = distance <= self.th1, top in other.line and not host
        return {"A": close, "B": below, "UNION": close or below}[self.mode]

    def tie(self, one: Stay, other: Stay) -> tuple[bool, int] | None:
        shared = [stay for stay in one.line if stay in other.line]
        if not shared:
            return None
        up, down = one.line[: one.line.index(shared[0])], other.line[: other.line.index(shared[0])]
        links = [place for place, stay in enumerate(up) if stay.weak]
        host = links == [len(up) - 1] and not down
        distance = sum(self.link if stay.weak else 1 for stay in up + down)
        return (host, distance) if host or not links else None

    def sanction_associated(self, now: int, who: str, cell: Cell, case: tuple[int, str]) -> list[tuple[str, str]]:
        if (case[0], who) in self.offenders:
            return []
        has = self.treated.setdefault((case[0], who), set())
        mine = max((STRICTNESS.index(action) for action in has), default=-1)
        theirs = max(STRICTNESS.index(action) for action in cell)
        new = {action: hold for action, hold in cell.items() if action not in has} if theirs >= mine else {}
        has |= set(new)
        return self.impose(now, who, new, case[1])

    def impose(self, now: int, who: str, cell: Cell, name: str) -> list[tuple[str, str]]:
        sent = []
        for action in sorted(cell, key=STRICTNESS.index):
            hold = cell[action]
            until = FOREVER if hold is None else now + hold
            _, known, _ = self.held.get((who, action), (0, -FOREVER, ""))
            if action in INSTANT or known <= now or until > known:
                sent.append((who, action))
                if action not in INSTANT:
                    self.held[who, action] = (now, until, name)
        return sent
