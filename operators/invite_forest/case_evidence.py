"""Evidence and review summary of a case.

Keyed by the group; runs inside the step `group`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec import Struct

from operators.decision import Basis, spans_as_evidence
from operators.invite_forest.association import PATH_NODES_AT_MOST
from operators.invite_forest.case_plan import Plan, associates_as_evidence, preview
from operators.invite_forest.case_window import Window
from operators.invite_forest.forest import ancestors_of, members_of, root_of
from operators.invite_forest.sanctions import INSTANT
from operators.invite_forest.target_condition import Offence
from operators.operator import Context
from operators.policy.action import Action
from operators.policy.invite_forest import InviteForestPolicy, Response, Sanction
from state.entries.invite_forest import Node


class NewCase(Struct, frozen=True):
    """A case about to be opened: the offence, the offender's stay, and the policy's response."""

    offence: Offence
    basis: Basis
    number: int
    node: Node
    section: InviteForestPolicy
    response: Response
    earlier_ms: int | None  # when the case was opened that this one repeats
    window: Window
    marks: bool = False  # whether it is the first that makes the stay an offender's


def offender_operation(new_case: NewCase) -> tuple[Sanction, ...]:
    """Return the sanctions of the offender; one who has left already is also banned (IF-20)."""
    wanted = new_case.response.offender
    if new_case.node.left_ms is None or any(sanction.action is Action.BAN for sanction in wanted):
        return wanted
    lasting = [sanction.for_ms for sanction in wanted if sanction.action not in INSTANT]
    finite = [for_ms for for_ms in lasting if for_ms is not None]
    return (*wanted, Sanction(Action.BAN, max(finite) if lasting and len(finite) == len(lasting) else None))


def evidence_of(
    new_case: NewCase, plan: Plan, own: Sequence[Sanction], imposed: Mapping[str, Sequence[Sanction]], ctx: Context
) -> dict[str, object]:
    """Return the evidence of a case; `own` and `imposed` are the sanctions of the offender and the others."""
    section, node = new_case.section, new_case.node
    offender = {
        "depth": root_of(ctx, node)[1],
        "inviters": [above.account or None for above in islice(ancestors_of(ctx, node), PATH_NODES_AT_MOST)],
        "left": node.left_ms is not None,
        "actions": [sanction.action.name for sanction in own],
    }
    return {
        **cause_of(new_case.offence),
        "mode": section.mode.value,
        "th1": section.th1,
        "th2": section.th2,
        "link_weight": section.link_weight,
        "repetition": "first" if new_case.earlier_ms is None else "repeated",
        "offender": offender,
        "preview": preview(ctx, plan, node, section.inviter_sample),
        "associated": associates_as_evidence(plan, imposed),
    }


def cause_of(offence: Offence) -> dict[str, object]:
    """Return what met the target condition: parts, events, spans of the text."""
    shown: dict[str, object] = {"condition": offence.parts, "causing_events": offence.event_ids}
    if offence.weights:
        shown["reporter_weights"] = [str(weight) for weight in offence.weights]
    return shown | (spans_as_evidence(offence.spans, offence.span_count) if offence.spans else {})


def summary_of(new_case: NewCase, plan: Plan, reason: str, ctx: Context) -> str:
    """Return the summary for a review, with the numbers of the preview (IF-34, IF-36)."""
    distances = Counter(each.distance for each in plan.counted)
    near = ", ".join(f"{count} at distance {distance}" for distance, count in sorted(distances.items())) or "none"
    strangers = f" and {plan.weakly_tied} who let it in by a link or by approval" if plan.weakly_tied else ""
    return (
        f"{new_case.offence.account_id} met the target condition ({', '.join(new_case.offence.parts)}); "
        f"{len(plan.counted)} of {members_of(ctx)} members are associated ({near}), "
        f"{plan.spared} owners and administrators{strangers} besides: {reason}."
    )
