"""Profiles of a protected account's friends and contacts: stored, updated, searched. Keyed by protected account.

Each contact's own account sends its profile (`AppearanceChanged`), so that a message is compared with local state only
(AI-14). Many profiles share one state entry, a part, so that all of them are a few reads. When a part is full, the next
part in turn is split in two, so that storing a profile costs as much on a long list as on a short one (linear hashing:
W. Litwin, "Linear hashing: a new tool for file and table addressing", VLDB 1980).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from operators.erasure.markers import erased_after
from operators.ids import identify
from operators.operator import Context
from schemas.records import Appearance, AppearanceChanged
from state.catalog.entry_key import SELF
from state.catalog.relationship import CONTACT_PROFILE_PARTS, CONTACT_PROFILES
from state.entries.appearances import (
    CROPS,
    ContactProfiles,
    decode_appearance,
    encode_appearance,
    fact_ms_of,
    index_profiles,
    revision_of,
)

INITIAL_PARTS = 16
"""Parts of a short list. The number is in savepoints: with another one, stored profiles are not found."""

PART_CAPACITY = 64
"""Profiles per part: with more, storing one costs more; with fewer, a message reads more parts."""

MAX_PARTS = 1 << 16
"""Parts of the longest list, of four million profiles; beyond that the parts grow."""

INDEX_DTYPE = np.dtype([("row", ">u4"), ("phash", "u8", (1,)), ("dhash", "u8", (1,)), ("crops", "u8", (CROPS,))])
"""A picture in the index of an entry, as `state.entries.appearances` writes it: row of its profile, and its hashes.

Hashes are in the machine's own order of bytes, which is faster and makes no difference to how many bits differ.
"""

_HEX, _DIGITS = 16, 8


def remember_contact_profile(event: AppearanceChanged, ctx: Context) -> bool:
    """Store a contact's profile; return False if a newer one is stored, or the contact was erased since."""
    if erased_after(ctx, event.at_ms, event.contact_id) is not None:
        return False
    part = _part_of(event.contact_id, _part_count(ctx))
    rows = _read_part(part, ctx)
    known = rows.get(event.contact_id)
    if known is not None and revision_of(known) >= event.appearance.revision:
        return False
    rows[event.contact_id] = encode_appearance(event.appearance)
    ctx[CONTACT_PROFILES].put(part, index_profiles(rows))
    if known is None and len(rows) > PART_CAPACITY:
        _split_next_part(ctx)
    return True


def forget_contact_profile(contact_id: str, ctx: Context, before_ms: int | None = None) -> None:
    """Remove a contact's profile; with `before_ms` only if it is older than that."""
    part = _part_of(contact_id, _part_count(ctx))
    rows = _read_part(part, ctx)
    known = rows.pop(contact_id, None)
    if known is not None and (before_ms is None or fact_ms_of(known) < before_ms):
        _write_part(part, rows, ctx)


def forget_contact_profiles(is_meant: Callable[[str], bool], ctx: Context) -> None:
    """Remove the profiles of the contacts for which `is_meant` returns True."""
    for part, known in list(ctx[CONTACT_PROFILES].items()):
        _write_part(part, {who: text for who, text in known.rows().items() if not is_meant(who)}, ctx)
    if next(ctx[CONTACT_PROFILES].items(), None) is None:
        ctx[CONTACT_PROFILE_PARTS].remove(SELF)


def contact_profiles(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the id and the serialised profile of each stored contact."""
    for _, part in ctx[CONTACT_PROFILES].items():  # noqa: PERF102 - a state has no values()
        yield from part.rows().items()


def near_contact_profiles(
    is_near: Callable[[NDArray[np.void]], NDArray[np.bool_]], ctx: Context
) -> Iterator[tuple[str, str]]:
    """Yield the id and the serialised profile of each contact that has a near picture.

    `is_near` maps an array of `INDEX_DTYPE`, one element a picture, to a mask of the same length.
    """
    parts = [part for _, part in ctx[CONTACT_PROFILES].items()]
    hashes = np.frombuffer(b"".join(part.index for part in parts), INDEX_DTYPE)
    for place, rows in _rows_by_part(np.flatnonzero(is_near(hashes)), hashes, parts):
        written = list(parts[place].rows().items())
        yield from (written[row] for row in rows)


def _rows_by_part(
    found: NDArray[np.intp], hashes: NDArray[np.void], parts: Sequence[ContactProfiles]
) -> Iterator[tuple[int, set[int]]]:
    """Yield each part with a picture at one of the positions `found`: its number, and the rows of those profiles."""
    ends = np.cumsum([len(part.index) for part in parts]) // INDEX_DTYPE.itemsize
    places = np.searchsorted(ends, found, side="right")
    for place in set(places.tolist()):
        yield place, set(hashes["row"][found[places == place]].tolist())


def contact_profile(contact_id: str, ctx: Context) -> Appearance | None:
    """Return a contact's profile; None if none is stored."""
    text = _read_part(_part_of(contact_id, _part_count(ctx)), ctx).get(contact_id)
    return None if text is None else decode_appearance(text)


def _read_part(part: int, ctx: Context) -> dict[str, str]:
    profiles = ctx[CONTACT_PROFILES].get(part)
    return {} if profiles is None else profiles.rows()


def _write_part(part: int, rows: Mapping[str, str], ctx: Context) -> None:
    if rows:
        ctx[CONTACT_PROFILES].put(part, index_profiles(rows))
    else:
        ctx[CONTACT_PROFILES].remove(part)


def _part_count(ctx: Context) -> int:
    return ctx[CONTACT_PROFILE_PARTS].get(SELF) or INITIAL_PARTS


def _part_of(contact_id: str, parts: int) -> int:
    """Return the part of a profile.

    `parts` lies between a full count, at which all parts had been split equally often, and the next, twice as large. A
    profile is in its part of the next full count if that part exists already, else in that of the last one.
    """
    number = int(identify(contact_id)[1 : 1 + _DIGITS][::-1], _HEX)
    whole = _last_full_count(parts)
    place = number % (2 * whole)
    return place if place < parts else number % whole


def _last_full_count(parts: int) -> int:
    """Return how many parts there were when all had last been split equally often."""
    return INITIAL_PARTS << ((parts // INITIAL_PARTS).bit_length() - 1)


def _split_next_part(ctx: Context) -> None:
    """Split the next part in two."""
    parts = _part_count(ctx)
    if parts == MAX_PARTS:
        return
    part = parts - _last_full_count(parts)
    rows = _read_part(part, ctx)
    ctx[CONTACT_PROFILE_PARTS].put(SELF, parts + 1)
    for place in (part, parts):
        _write_part(place, {who: text for who, text in rows.items() if _part_of(who, parts + 1) == place}, ctx)
