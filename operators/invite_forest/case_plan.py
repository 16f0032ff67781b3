"""Plan of a case: who would get which sanctions, and the preview of it in numbers.

Keyed by the group; runs inside the step `group`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from operators.decision import MAX_LISTED
from operators.invite_forest.association import Walk, highest_place, is_sanctionable, weak_steps
from operators.invite_forest.forest import inviter_of, is_weakly_tied, members_of, node_of, root_of
from operators.invite_forest.roles import is_administrator, role_of
from operators.operator import Context
from operators.policy.action import Action
from operators.policy.invite_forest import Response, Sanction
from state.catalog.invite_forest import INVITERS
from state.entries.invite_forest import Inviter, Node

PATH_NODES_PER_DECISION = 4000
"""Nodes of all paths listed in one decision; beyond that, a member is listed with its distance only."""

_SPARED = (Sanction(Action.NOTIFY_ADMIN),)


class Associate(Struct, frozen=True):
    """A current member associated with the offender, and its sanctions by the policy."""

    account_id: str
    node: int
    distance: int
    spared: bool  # owner or administrator (IF-33)
    weak: bool  # it has only let the offender in by a link or by approval (IF-50)
    sanctions: tuple[Sanction, ...]

    @property
    def counts(self) -> bool:
        """Whether it is to be sanctioned, and so counts for the cap (IF-36)."""
        return not (self.spared or self.weak)


class Plan(Struct, frozen=True):
    """The associated members by account id; and the departed accounts, with the sanctions they escaped (IF-27)."""

    walk: Walk
    associates: Sequence[Associate]
    departed: Sequence[tuple[str, tuple[Sanction, ...]]]

    @property
    def counted(self) -> Sequence[Associate]:
        """The members who would be sanctioned."""
        return [each for each in self.associates if each.counts]

    @property
    def spared(self) -> int:
        """The number of owners and administrators, who are not (IF-33)."""
        return sum(each.spared for each in self.associates)

    @property
    def weakly_tied(self) -> int:
        """The number of other members who are not (IF-50)."""
        return len(self.associates) - len(self.counted) - self.spared


def plan_case(ctx: Context, walk: Walk, response: Response, at_ms: int) -> Plan:
    """Return the plan of a case for the nodes that the search visited."""
    associates, gone = [], []
    for account_id, number in sorted(walk.nearest.items()):
        found = walk.visits[number]
        spared = is_administrator(role_of(ctx, account_id, at_ms))
        cell = () if found.weak else response.distance_1 if found.distance == 1 else response.farther
        if is_sanctionable(ctx, account_id, found.node):
            sanctions = _SPARED if spared else cell
            associates.append(Associate(account_id, number, found.distance, spared, found.weak, sanctions))
        elif cell and not spared:
            gone.append((account_id, cell))
    return Plan(walk, associates, gone)


def share_of(ctx: Context, plan: Plan) -> Fraction:
    """Return the share of current members that would be sanctioned, as an exact fraction (C-15)."""
    return Fraction(len(plan.counted), max(members_of(ctx), 1))


def preview(ctx: Context, plan: Plan, offender: Node, sample: int) -> dict[str, object]:
    """Return the effects of a case in numbers (IF-35)."""
    counted, members = plan.counted, members_of(ctx)
    actions = Counter(sanction.action.name for each in counted for sanction in each.sanctions)
    distances = Counter(each.distance for each in counted)
    shown: dict[str, object] = {
        "associated": len(counted),
        "members": members,
        "share": f"{len(counted)}/{members}",
        "by_distance": {str(distance): count for distance, count in sorted(distances.items())},
        "by_action": dict(sorted(actions.items())),
        "tombstones": plan.walk.tombstones,
        "spared": plan.spared,
        "weakly_tied": plan.weakly_tied,
        "provisional": node_of(ctx, root_of(ctx, offender)[0]).provisional,
    }
    return shown | _inviter_record(ctx, offender, sample)


def associates_as_evidence(plan: Plan, imposed: Mapping[str, Sequence[Sanction]]) -> list[dict[str, object]]:
    """Return the associated members as evidence: distance, path to the offender, actions (IF-28)."""
    shown: list[dict[str, object]] = []
    nodes = 0
    for each in plan.associates[:MAX_LISTED]:
        actions = [sanction.action.name for sanction in imposed.get(each.account_id, ())]
        entry: dict[str, object] = {"account_id": each.account_id, "distance": each.distance, "actions": actions}
        if nodes < PATH_NODES_PER_DECISION:
            path = plan.walk.path(each.node)
            nodes += len(path)
            entry["path"] = [at.node.account or None for at in path]
            if (highest := highest_place(path)) is not None:
                entry["highest"] = highest
            if by_link := weak_steps(path):
                entry["by_link"] = by_link
        shown.append(entry)
    return shown


def _inviter_record(ctx: Context, offender: Node, sample: int) -> dict[str, object]:
    inviter_id = inviter_of(ctx, offender)
    known = ctx[INVITERS].get(inviter_id) or Inviter()
    if not inviter_id or known.let_in < sample:
        return {}
    shown = {"account_id": inviter_id, "let_in": known.let_in, "offenders": known.offenders}
    return {"inviter": shown | ({"via": offender.via} if is_weakly_tied(offender) else {})}
