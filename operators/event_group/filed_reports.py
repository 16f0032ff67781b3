"""Reports kept at the incident desk, indexed by the accounts that they name, and their bounds.

Keyed by a shard of incidents; runs inside the step `incident-desk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from operators.counters import change_count
from operators.erasure.markers import erased_after
from operators.retention import set_cleanup_timer
from state.catalog.event_group import FILED, FILED_ABOUT, FILED_COUNT, MENTIONS
from state.entries.event_group import Filed
from state.linked_sets import LinkedSets

if TYPE_CHECKING:
    from operators.operator import Context
    from operators.policy.event_group import EventGroupPolicy
    from schemas.records import IncidentReported

REPORTS_AT_MOST: Final = 100
"""Reports of one account that a shard keeps, unless the policy allows more in a day: 64 shards keep 6,400 (EG-14)."""

MENTIONS_AT_MOST: Final = 1_000
"""Reports in a shard that name one account: of further reports it is left out (EG-22)."""


def has_too_many_reports(reporter_id: str, ctx: Context) -> bool:
    """Return whether the shard keeps as many reports of an account as it may (EG-14)."""
    return (ctx[FILED_COUNT].get(reporter_id) or 0) >= max(REPORTS_AT_MOST, ctx.policy.event_group.reports_per_day)


def new_report(event: IncidentReported, ctx: Context) -> Filed:
    """Return a report, without the accounts that are erased or named by too many reports."""
    mentions, names = _mentions(ctx), sorted(set(event.object_ids))
    named = [name for name in names if erased_after(ctx, event.at_ms, name) is None]
    return Filed(
        kind=event.kind,
        reporter_id=event.reporter_id,
        latitude=event.latitude,
        longitude=event.longitude,
        object_ids=tuple(name for name in named if mentions.size(name) < MENTIONS_AT_MOST),
        at_ms=event.at_ms,
        policy_version=ctx.policy.version,
    )


def keep_report(incident_id: str, filed: Filed, ctx: Context) -> None:
    """Store a report."""
    ctx[FILED].put(incident_id, filed)
    for account_id in {filed.reporter_id, *filed.object_ids}:
        _mentions(ctx).add(account_id, incident_id)
    change_count(ctx[FILED_COUNT], filed.reporter_id, 1)
    set_cleanup_timer(ctx, _end_ms(filed, ctx))


def remove_expired_reports(ctx: Context, at_ms: int) -> None:
    """Remove the reports whose retention is over."""
    for incident_id, filed in list(ctx[FILED].items()):
        if _end_ms(filed, ctx) > at_ms:
            set_cleanup_timer(ctx, _end_ms(filed, ctx))
            continue
        ctx[FILED].remove(incident_id)
        change_count(ctx[FILED_COUNT], filed.reporter_id, -1)
        for account_id in {filed.reporter_id, *filed.object_ids} - {""}:
            _mentions(ctx).discard(account_id, incident_id)


def forget_account(account_id: str, before_ms: int, ctx: Context) -> None:
    """Remove an account's id from the reports before `before_ms` that it made and that name it (C-18, EG-E25)."""
    mentions = _mentions(ctx)
    for incident_id in mentions.members(account_id):
        filed = ctx[FILED].get(incident_id)
        if filed is None or filed.at_ms < before_ms:
            mentions.discard(account_id, incident_id)
        if filed is not None and filed.at_ms < before_ms:
            reporter_id = "" if filed.reporter_id == account_id else filed.reporter_id
            others = tuple(name for name in filed.object_ids if name != account_id)
            ctx[FILED].put(incident_id, replace(filed, reporter_id=reporter_id, object_ids=others))
            if not reporter_id:
                change_count(ctx[FILED_COUNT], account_id, -1)


def memory_ms(section: EventGroupPolicy) -> int:
    """Return the longest time between a report and the last event about it, retention included."""
    return section.audit_timeout_ms + section.group_life_ms + section.keep_after_close_ms


def _end_ms(filed: Filed, ctx: Context) -> int:
    return filed.at_ms + memory_ms(ctx.policy_of(filed.policy_version).event_group)


def _mentions(ctx: Context) -> LinkedSets:
    return LinkedSets(ctx[MENTIONS], ctx[FILED_ABOUT])
