"""The name that an account bears, as namesakes are counted: a hash of what people see (FA-104).

Used by the step `avatar`, which knows whether the account is established.
"""

from collections.abc import Iterator
from typing import Final

from operators.accounts.background import is_established
from operators.ids import identify
from operators.text.names import words_of
from operators.text.seen_names import name_skeleton
from schemas.records import AccountErased, NameHeld, ProfileHashed
from state.entries.profiles import Named, Shown

_DIGITS: Final = 16


def hash_of_name(words: str) -> str:
    """Return the hash under which the bearers of a name are counted; empty: the name says nothing about a person."""
    seen = name_skeleton(words)
    return identify(seen)[:_DIGITS] if seen else ""


def name_of(shown: Shown) -> str:
    """Return the hash of the name borne; empty: none that counts."""
    return "" if shown.named is None else shown.named.name


def changed_name(event: ProfileHashed, known: Named | None) -> Named | None:
    """Return the name after an event. One that is only written otherwise has been borne all the time."""
    if event.nickname is None:
        return known
    if known is not None and (event.at_ms, event.event_id.encode()) < (known.fact_ms, known.event_id.encode()):
        return known
    return Named(hash_of_name(words_of(event.nickname)), event.at_ms, event.event_id)


def names_held(event: ProfileHashed, before: Shown, after: Shown) -> Iterator[NameHeld]:
    """Yield which name the account ceases to bear by an event, and which one it begins to bear."""
    known, name = name_of(before), name_of(after)
    if known not in ("", name):
        yield _name_held(known, event, held=False)
    if name not in ("", known):
        yield _name_held(name, event, held=True, established=is_established(after.background))


def count_name(account_id: str, cause: str, at_ms: int, shown: Shown) -> Iterator[NameHeld]:
    """Yield that the name is from now on borne by an established account."""
    name = name_of(shown)
    if name:
        event_id = identify(cause, account_id, "name")
        yield NameHeld(event_id=event_id, at_ms=at_ms, account_id=account_id, name=name, held=True)


def forgotten_name(event: AccountErased, shown: Shown) -> Iterator[NameHeld]:
    """Yield that the account ceases to bear its name by an erasure."""
    name = name_of(shown)
    if name:
        yield _name_held(name, event, held=False)


def _name_held(name: str, event: ProfileHashed | AccountErased, *, held: bool, established: bool = False) -> NameHeld:
    return NameHeld(
        event_id=event.event_id,
        at_ms=event.at_ms,
        account_id=event.account_id,
        name=name,
        held=held,
        established=established,
    )
