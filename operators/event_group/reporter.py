"""Rate limit of incident reports per reporter, and who has invited the reporter into a group.

Keyed by the reporter. A report passes through on its way to the incident, and leaves with the counts of the reporter's
earlier reports and rejections, a refusal if there were too many (EG-14), here or at the incident desk, and the
reporter's inviters (EG-46).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.erasure.markers import erase, erased_after, remove_expired_markers
from operators.ids import identify
from operators.operator import ERASED_METRIC, Context, Handler, Operator
from operators.policy.durations import DAY
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import AccountErased, IncidentAdvanced, IncidentFiled, MemberJoined
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.catalog.event_group import INVITATIONS, REJECTIONS, REPORTED
from state.entries.event_group import Invitations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RATE_LIMIT, REPORTER_BLOCKED = "RATE_LIMIT", "REPORTER_BLOCKED"
REPORTS_WITHIN_MS: Final = DAY
"""Sliding window of the report limit, half open: reports exactly a day apart never share a window."""

REJECTIONS_WITHIN_MS: Final = 30 * DAY
"""Sliding window of rejections, its end included."""

INVITERS_AT_MOST: Final = 100
"""Accounts whose invitation of one account is remembered, the latest (EG-46)."""


class Reporter(Operator):
    """Counts one account's reports, and those that auditors rejected."""

    uid = "reporter"
    states = (REPORTED, REJECTIONS, INVITATIONS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            IncidentFiled: on_incident_filed,
            IncidentAdvanced: on_rejected,
            MemberJoined: on_member_joined,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove reports and rejections outside their windows, and expired erasure markers."""
        remove_expired(ctx, REJECTIONS, at_ms, lambda rejected_ms: rejected_ms + REJECTIONS_WITHIN_MS + 1)
        rejected = {incident_id for incident_id, _ in ctx[REJECTIONS].items()}  # a late erasure needs their times
        remove_expired(ctx, REPORTED, at_ms, lambda reported_ms: reported_ms + REPORTS_WITHIN_MS, kept=rejected)
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_incident_filed(event: IncidentFiled, ctx: Context) -> Iterator[Any]:
    """Forward a report, refused if there were too many reports or rejections. A refused one is not counted."""
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
        return
    section = ctx.policy_of(event.policy_version).event_group
    reports = sum(abs(event.at_ms - at_ms) < REPORTS_WITHIN_MS for _, at_ms in ctx[REPORTED].items())
    rejections = sum(0 <= event.at_ms - at_ms <= REJECTIONS_WITHIN_MS for _, at_ms in ctx[REJECTIONS].items())
    refusal = ""
    if rejections >= section.rejections_limit:
        refusal = REPORTER_BLOCKED
    elif event.refusal or reports >= section.reports_per_day:
        refusal = RATE_LIMIT
    else:
        ctx[REPORTED].put(event.incident_id, event.at_ms)
        set_cleanup_timer(ctx, event.at_ms + REPORTS_WITHIN_MS)
    inviters = tuple(sorted(_invitations(ctx)))
    yield replace(event, refusal=refusal, reports=reports, rejections=rejections, inviters=inviters)


def inviter_hash(account_id: str, inviter_id: str) -> str:
    """Return the hash of an account and its inviter: nobody finds all whom an account invited by it (C-18)."""
    return identify("inviter", account_id, inviter_id)


def on_rejected(event: IncidentAdvanced, ctx: Context) -> Iterator[Any]:
    """Store a rejection by an auditor."""
    ctx[REJECTIONS].put(event.incident_id, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + REJECTIONS_WITHIN_MS + 1)
    yield from ()


def on_member_joined(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Store who has invited the account into a group, by the hash of both ids (EG-46)."""
    if event.inviter_id is None or erased_after(ctx, event.at_ms) is not None:
        return
    known, inviter = _invitations(ctx), inviter_hash(event.account_id, event.inviter_id)
    invited = {**known, inviter: max(event.at_ms, known.get(inviter, event.at_ms))}
    latest = sorted(invited.items(), key=lambda each: (each[1], each[0]))[-INVITERS_AT_MOST:]
    ctx[INVITATIONS].put(SELF, Invitations(dict(latest)))
    yield from ()


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete the reports of an erased account and their rejections, however late these were (C-18)."""
    is_repeated = erased_after(ctx, event.at_ms - 1) is not None
    yield from erase(ctx, event, (REPORTED, int), (REJECTIONS, int))
    for incident_id, _ in list(ctx[REJECTIONS].items()):
        if not is_repeated and ctx[REPORTED].get(incident_id) is None:
            ctx[REJECTIONS].remove(incident_id)
    left = {inviter: at_ms for inviter, at_ms in _invitations(ctx).items() if at_ms >= event.at_ms}
    if left:
        ctx[INVITATIONS].put(SELF, Invitations(left))
    else:
        ctx[INVITATIONS].remove(SELF)


def _invitations(ctx: Context) -> Mapping[str, int]:
    known = ctx[INVITATIONS].get(SELF)
    return {} if known is None else known.latest_ms
