"""Step that decides whether an account impersonates a contact of those it writes to.

Keyed by the suspected account. Emits decisions and their commands. This module maps record types to handlers and keeps
the state; the rules are in `finding` and `drift_review`, beside it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.avatar_impersonation.drift_review import kept_until_ms, on_profiles_drifted
from operators.avatar_impersonation.finding import on_lookalikes_found
from operators.commands import revoke
from operators.erasure.markers import erase, erased_after, forget_entry, mark_erased, remove_expired_markers
from operators.operator import Context, Handler, Operator
from operators.retention import remove_expired
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AliasLinked,
    BlockAccount,
    DecisionOverturned,
    LookalikesFound,
    ProfilesDrifted,
    RevokeCommand,
)
from state.catalog.avatar_impersonation import ALIASES, BARRED, DRIFTS, FINDINGS
from state.catalog.erasure import ERASED
from state.entries.profiles import Alias
from state.entries.relationship import Block


class Impersonation(Operator):
    """Keeps one account's aliases, reported findings and blocks, and decides on lookalikes."""

    uid = "impersonation"
    states = (ALIASES, FINDINGS, DRIFTS, BARRED, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            LookalikesFound: on_lookalikes_found,
            ProfilesDrifted: on_profiles_drifted,
            AliasLinked: on_alias_linked,
            AccountUnblocked: on_account_unblocked,
            DecisionOverturned: on_overturned,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired findings, reviews of profiles and erasure markers."""
        section = ctx.policy.avatar_impersonation
        remove_expired(ctx, FINDINGS, at_ms, lambda found_ms: found_ms + section.repeat_after_ms)
        remove_expired(ctx, DRIFTS, at_ms, lambda drift: kept_until_ms(drift, section))
        remove_expired_markers(ctx, at_ms, at_least_ms=2 * section.repeat_after_ms)
        yield from ()


def on_alias_linked(event: AliasLinked, ctx: Context) -> Iterator[Any]:
    """Store another account of the same person (FA-61)."""
    alias = Alias(event.confirmed_by, event.at_ms, event.asked_ms)
    if erased_after(ctx, alias.last_seen_ms(event.other_id), event.other_id) is None:
        ctx[ALIASES].put(event.other_id, alias)
    yield from ()


def on_account_unblocked(event: AccountUnblocked, ctx: Context) -> Iterator[Any]:
    """Lift the block that a finding led to (FA-52)."""
    if event.other_id == ctx.key:
        forget_entry(ctx, BARRED, event.account_id, event.at_ms, _wrote_ms)
    yield from ()


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """End the block that a finding led to (RV-17). The finding stays reported: it is not reported anew."""
    account_id = event.other_id or ""
    block = ctx[BARRED].get(account_id)
    if block is not None and block.decision_id == event.decision_id:
        ctx[BARRED].remove(account_id)
        yield revoke(event, BlockAccount, account_id, other_id=ctx.key)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete everything older than the account's own erasure (C-18)."""
    yield from erase(
        ctx,
        event,
        (ALIASES, lambda alias: alias.last_seen_ms(event.account_id)),
        (FINDINGS, int),
        (DRIFTS, lambda drift: drift.reviewed_ms),
        (BARRED, _wrote_ms),
    )


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Delete what is stored about another account that was erased."""
    forget_entry(ctx, ALIASES, event.erased_id, event.at_ms, lambda alias: alias.last_seen_ms(event.erased_id))
    forget_entry(ctx, BARRED, event.erased_id, event.at_ms, _wrote_ms)
    mark_erased(ctx, event.at_ms, event.erased_id)
    yield from ()


def _wrote_ms(block: Block) -> int:
    return block.wrote_ms
