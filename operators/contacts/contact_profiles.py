"""How do the people on the account's lists show themselves? Key: the protected account.

They are remembered here as their accounts told it, so that a message is compared without asking anybody (AI-14). Many
stand in one entry, a part: all of them are a few reads. When a part is full one is divided, each in its turn, so that
to remember one face costs as much on a long list as on a short one (linear hashing: W. Litwin, 1980).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from operators.erasure.markers import erased_after
from operators.ids import identify
from operators.operator import Context
from schemas.records import Appearance, AppearanceChanged
from state.catalog.entry_key import SELF
from state.catalog.relationship import FACE_PARTS, FACES
from state.entries.appearances import Faces, faces_of, read_appearance, revision_of, said_ms_of, written_appearance

INITIAL_PARTS = 16
"""Among so many parts the faces of a short list are spread. It lives in savepoints: with another they are not found."""

PART_CAPACITY = 64
"""Faces that a part has room for: with more, each costs more to remember; with less, a message reads more parts."""

MAX_PARTS = 1 << 16
"""Parts of the longest list: it has four million faces, and more make its parts larger."""

INDEX_DTYPE = np.dtype([("row", ">u4"), ("phash", ">u8"), ("dhash", ">u8")])
"""What the index of an entry holds of a picture, as state.entries.appearances writes it."""

_HEX, _DIGITS = 16, 8


def remember_contact_profile(event: AppearanceChanged, ctx: Context) -> bool:
    """Remember how somebody shows itself; return False where something newer is known, or nothing may be."""
    if erased_after(ctx, event.at_ms, event.contact_id) is not None:
        return False
    part = _part_of(event.contact_id, _part_count(ctx))
    rows = _read_part(part, ctx)
    known = rows.get(event.contact_id)
    if known is not None and revision_of(known) >= event.appearance.revision:
        return False
    rows[event.contact_id] = written_appearance(event.appearance)
    ctx[FACES].put(part, faces_of(rows))
    if known is None and len(rows) > PART_CAPACITY:
        _split_next_part(ctx)
    return True


def forget_contact_profile(contact_id: str, ctx: Context, before_ms: int | None = None) -> None:
    """Forget how somebody shows itself; with `before_ms` only what was last said before that."""
    part = _part_of(contact_id, _part_count(ctx))
    rows = _read_part(part, ctx)
    known = rows.pop(contact_id, None)
    if known is not None and (before_ms is None or said_ms_of(known) < before_ms):
        _write_part(part, rows, ctx)


def forget_contact_profiles(is_meant: Callable[[str], bool], ctx: Context) -> None:
    """Forget how some people show themselves."""
    for part, known in list(ctx[FACES].items()):
        _write_part(part, {who: text for who, text in known.rows().items() if not is_meant(who)}, ctx)
    if next(ctx[FACES].items(), None) is None:
        ctx[FACE_PARTS].remove(SELF)


def contact_profiles(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the people that are known, and how each shows itself, as it is written."""
    for _, part in ctx[FACES].items():  # noqa: PERF102 - a state has no values()
        yield from part.rows().items()


def near_contact_profiles(
    is_near: Callable[[NDArray[np.void]], NDArray[np.bool_]], ctx: Context
) -> Iterator[tuple[str, str]]:
    """Yield the people of whose pictures one is near at least, by their hashes, and how each shows itself."""
    parts = [part for _, part in ctx[FACES].items()]
    hashes = np.frombuffer(b"".join(part.index for part in parts), INDEX_DTYPE)
    for place, rows in _rows_by_part(np.flatnonzero(is_near(hashes)), hashes, parts):
        written = list(parts[place].rows().items())
        yield from (written[row] for row in rows)


def _rows_by_part(
    found: NDArray[np.intp], hashes: NDArray[np.void], parts: Sequence[Faces]
) -> Iterator[tuple[int, set[int]]]:
    """Yield the parts in which pictures were found, and whose: in which rows."""
    ends = np.cumsum([len(part.index) for part in parts]) // INDEX_DTYPE.itemsize
    places = np.searchsorted(ends, found, side="right")
    for place in set(places.tolist()):
        yield place, set(hashes["row"][found[places == place]].tolist())


def contact_profile(contact_id: str, ctx: Context) -> Appearance | None:
    """Return how somebody shows itself; None if that is not known."""
    text = _read_part(_part_of(contact_id, _part_count(ctx)), ctx).get(contact_id)
    return None if text is None else read_appearance(text)


def _read_part(part: int, ctx: Context) -> dict[str, str]:
    faces = ctx[FACES].get(part)
    return {} if faces is None else faces.rows()


def _write_part(part: int, rows: Mapping[str, str], ctx: Context) -> None:
    if rows:
        ctx[FACES].put(part, faces_of(rows))
    else:
        ctx[FACES].remove(part)


def _part_count(ctx: Context) -> int:
    return ctx[FACE_PARTS].get(SELF) or INITIAL_PARTS


def _part_of(contact_id: str, parts: int) -> int:
    """Return the part of a face: its place among twice as many parts as all had last, if there is such a one yet."""
    number = int(identify(contact_id)[1 : 1 + _DIGITS][::-1], _HEX)
    whole = _last_full_count(parts)
    place = number % (2 * whole)
    return place if place < parts else number % whole


def _last_full_count(parts: int) -> int:
    """Return how many parts there were when all had been divided equally often."""
    return INITIAL_PARTS << ((parts // INITIAL_PARTS).bit_length() - 1)


def _split_next_part(ctx: Context) -> None:
    """Divide the next part in two."""
    parts = _part_count(ctx)
    if parts == MAX_PARTS:
        return
    part = parts - _last_full_count(parts)
    rows = _read_part(part, ctx)
    ctx[FACE_PARTS].put(SELF, parts + 1)
    for place in (part, parts):
        _write_part(place, {who: text for who, text in rows.items() if _part_of(who, parts + 1) == place}, ctx)
