"""The name that an account bears, as namesakes are counted: a hash of what people see (FA-104). Keyed by account.

Used by the step `avatar`, which knows whether the account is established.
"""

from collections.abc import Iterator
from typing import Final

from operators.accounts.background import is_established
from operators.ids import identify
from operators.operator import Context
from operators.text.names import words_of
from operators.text.seen_names import name_skeleton
from schemas.records import AccountErased, NameHeld, ProfileHashed
from state.catalog.entry_key import SELF
from state.catalog.pictures import NAMED
from state.entries.profiles import Named

_DIGITS: Final = 16


def hash_of_name(words: str) -> str:
    """Return the hash under which the bearers of a name are counted; empty: the name says nothing about a person."""
    seen = name_skeleton(words)
    return identify(seen)[:_DIGITS] if seen else ""


def change_name(event: ProfileHashed, ctx: Context) -> Iterator[NameHeld]:
    """Replace or remove the name. One that is only written otherwise has been borne all the time."""
    if event.nickname is None:
        return
    known = ctx[NAMED].get(SELF) or Named("", event.at_ms, "")
    if (event.at_ms, event.event_id.encode()) < (known.fact_ms, known.event_id.encode()):
        return
    after = hash_of_name(words_of(event.nickname))
    ctx[NAMED].put(SELF, Named(after, event.at_ms, event.event_id))
    if known.name not in ("", after):
        yield _name_held(known.name, event, held=False)
    if after not in ("", known.name):
        yield _name_held(after, event, held=True, established=is_established(ctx))


def count_name(account_id: str, cause: str, at_ms: int, ctx: Context) -> Iterator[NameHeld]:
    """Yield that the name is from now on borne by an established account."""
    known = ctx[NAMED].get(SELF)
    if known is not None and known.name:
        event_id = identify(cause, account_id, "name")
        yield NameHeld(event_id=event_id, at_ms=at_ms, account_id=account_id, name=known.name, held=True)


def forget_name(event: AccountErased, ctx: Context) -> Iterator[NameHeld]:
    """Remove a name that is older than the erasure (C-18)."""
    known = ctx[NAMED].get(SELF)
    if known is not None and known.fact_ms < event.at_ms:
        ctx[NAMED].remove(SELF)
        if known.name:
            yield _name_held(known.name, event, held=False)


def _name_held(name: str, event: ProfileHashed | AccountErased, *, held: bool, established: bool = False) -> NameHeld:
    return NameHeld(
        event_id=event.event_id,
        at_ms=event.at_ms,
        account_id=event.account_id,
        name=name,
        held=held,
        established=established,
    )
