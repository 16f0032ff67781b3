"""Identification of the persons concerned, from what members at the place saw or heard.

Keyed by a shard of incident kinds; runs inside the step `event-group`. Every request leads to a decision, granted or
not (EG-40). A match adds nobody: it only prompts the objects and their followers (EG-37). The requester learns whether
there was a match, and no name (EG-38).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.decision import MAX_LISTED, MAX_RANKED, Basis, Conditions, Trigger
from operators.event_group.consent import invite
from operators.event_group.evidence import consents_as_evidence, prompts_as_evidence
from operators.event_group.incident import MEMBER, IncidentContext
from operators.event_group.invitations import add_concerned, select_objects
from operators.event_group.reporter import RATE_LIMIT
from operators.event_group.roles import may_identify, rank_roles
from operators.event_group.search_results import SearchResults, pop_results
from operators.event_group.telling import follows_in_scope, remove_located
from operators.likeness.perceptual_hash import BITS
from operators.policy.event_group import IDENTIFICATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.operator import Context
    from schemas.records import Decision, IdentificationSought, ObjectMatch

MATCHED, NOT_FOUND, FORBIDDEN_ROLE = "MATCHED", "NOT_FOUND", "FORBIDDEN_ROLE"
NO_MATCH, GROUP_NOT_OPEN, NO_MEMBER, ROLE = "NO_MATCH", "GROUP_NOT_OPEN", "NO_MEMBER", "ROLE"


def on_identification_sought(event: IdentificationSought, ctx: Context) -> Iterator[Any]:
    """Decide on an identification request (EG-34 to EG-40)."""
    context, conditions = IncidentContext(event.incident_id, ctx), Conditions()
    results = pop_results(event.incident_id, event.event_id, ctx)
    refusal = _refusal_reason(context, event.requester_id, conditions)
    if refusal is not None:
        shown = {"kinds": event.kinds, "reason": refusal}
        reasons = (refusal,) if refusal == RATE_LIMIT else ()
        yield _decide(context, event, FORBIDDEN_ROLE, shown, conditions, reasons=reasons)
        return
    person = context.person(event.requester_id)
    context.put_person(event.requester_id, replace(person, identifications=person.identifications + 1))
    ranking = sorted(results.matches, key=lambda match: (match.differing_bits, match.object_id))
    if ranking:
        yield from _prompt_matches(context, event, results, ranking, conditions)
    else:
        yield _decide(context, event, NOT_FOUND, {"kinds": event.kinds, "reason": NO_MATCH}, conditions)


def _refusal_reason(context: IncidentContext, requester_id: str, conditions: Conditions) -> str | None:
    """Return the reason to refuse a request; None if it is allowed."""
    if not conditions.check("group_open", context.is_open):
        return GROUP_NOT_OPEN
    person = context.person(requester_id)
    if not conditions.check("member", person.status == MEMBER):
        return NO_MEMBER
    if not conditions.check("role_may_ask", may_identify(person.roles)):
        return ROLE
    limit = context.section.identifications_per_member
    return None if conditions.compare("asked_before", person.identifications, "<", limit) else RATE_LIMIT


def _prompt_matches(
    context: IncidentContext,
    event: IdentificationSought,
    results: SearchResults,
    ranking: Sequence[ObjectMatch],
    conditions: Conditions,
) -> Iterator[Any]:
    """Prompt the best matches and all their followers (EG-37)."""
    best = [match.object_id for match in ranking[: context.section.match_prompt_at_most]]
    watched = {name: results.watchers[name] for name in best if name in results.watchers}
    candidates = remove_located(context, watched)
    add_concerned(candidates, follows_in_scope(context, watched), results)
    select_objects(context, best)
    shown: dict[str, object] = {
        "kinds": event.kinds,
        "threshold": float(context.section.match_threshold),
        "objects": [_match_as_evidence(match) for match in ranking[:MAX_RANKED]],
        "object_count": results.match_count,
        "left_out": results.match_count - len(best),
        "prompted": sorted(candidates)[:MAX_LISTED],
    }
    shown |= consents_as_evidence(candidates) | prompts_as_evidence(context, candidates, event.at_ms)
    decision = _decide(context, event, MATCHED, shown, conditions, other_id=best[0])
    yield decision
    context.add_people(candidates)
    for account_id in sorted(candidates):
        yield from invite(
            context, account_id, candidates[account_id], decision.decision_id, Trigger.of_event(event, context.ctx)
        )


def _match_as_evidence(match: ObjectMatch) -> dict[str, object]:
    score = float(1 - Fraction(match.differing_bits, BITS))  # exact: a multiple of 1/64
    return {"object": match.object_id, "score": score, "kinds": match.kinds}


def _decide(  # noqa: PLR0913 - a decision has as many parts
    context: IncidentContext,
    event: IdentificationSought,
    outcome: str,
    shown: Mapping[str, object],
    conditions: Conditions,
    *,
    other_id: str = "",
    reasons: tuple[str, ...] = (),
) -> Decision:
    incident, trigger = context.stored, Trigger.of_event(event, context.ctx)
    basis = Basis(
        rule=IDENTIFICATION,
        subject_id=event.requester_id,
        other_id=other_id,
        group_id=context.group_id if incident and incident.created_ms >= 0 else None,
        incident_id=event.incident_id,
        trigger=trigger,
        policy_version=event.policy_version,
        conditions=conditions,
    )
    roles = {"request": event.request_id, "roles": rank_roles(context.person(event.requester_id).roles)}
    return basis.decide(outcome, (), roles | dict(shown), reasons)
