"""How do the people on the account's lists show themselves? Key: the protected account.

They are remembered here as their accounts told it, so that a message is compared without asking anybody (AI-14). Many
stand in one entry: all of them are a few reads.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from operators.erasure import erased_after
from operators.identity import identify
from operators.operator import Context
from schemas.records import Appearance, AppearanceChanged
from state.appearances import read_appearance, revision_of, written_appearance
from state.catalog import FACES
from state.faces import Faces, faces_of

PARTS = 16
"""Entries among which the faces are spread. It lives in savepoints: with another number they are not found."""

HASHES = np.dtype([("row", ">u4"), ("phash", ">u8"), ("dhash", ">u8")])
"""What the index of an entry holds of a picture, as state.faces writes it."""

_HEX = 16


def remember_face(event: AppearanceChanged, ctx: Context) -> bool:
    """Remember how somebody shows itself; return False where something newer is known, or nothing may be."""
    if erased_after(ctx, event.at_ms, event.contact_id) is not None:
        return False
    part = _part_of(event.contact_id)
    rows = _rows(part, ctx)
    known = rows.get(event.contact_id)
    if known is not None and revision_of(known) >= event.appearance.revision:
        return False
    ctx[FACES].put(part, faces_of({**rows, event.contact_id: written_appearance(event.appearance)}))
    return True


def forget_face(contact_id: str, ctx: Context, before_ms: int | None = None) -> None:
    """Forget how somebody shows itself; with `before_ms` only what is older."""
    part = _part_of(contact_id)
    rows = _rows(part, ctx)
    known = rows.pop(contact_id, None)
    if known is None or (before_ms is not None and revision_of(known) >= before_ms):
        return
    if rows:
        ctx[FACES].put(part, faces_of(rows))
    else:
        ctx[FACES].remove(part)


def forget_faces(before_ms: int, ctx: Context) -> None:
    """Forget everybody who was remembered before a time (C-18)."""
    for contact_id, _ in list(faces(ctx)):
        forget_face(contact_id, ctx, before_ms)


def faces(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the people that are known, and how each shows itself, as it is written."""
    for _, part in ctx[FACES].items():  # noqa: PERF102 - a state has no values()
        yield from part.rows().items()


def near_faces(is_near: Callable[[NDArray[np.void]], NDArray[np.bool_]], ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the people of whose pictures one is near at least, by their hashes, and how each shows itself."""
    parts = [part for _, part in ctx[FACES].items()]
    hashes = np.frombuffer(b"".join(part.index for part in parts), HASHES)
    for place, rows in _placed(np.flatnonzero(is_near(hashes)), hashes, parts):
        written = list(parts[place].rows().items())
        yield from (written[row] for row in rows)


def _placed(
    found: NDArray[np.intp], hashes: NDArray[np.void], parts: Sequence[Faces]
) -> Iterator[tuple[int, set[int]]]:
    """Yield the parts in which pictures were found, and whose: in which rows."""
    ends = np.cumsum([len(part.index) for part in parts]) // HASHES.itemsize
    places = np.searchsorted(ends, found, side="right")
    for place in set(places.tolist()):
        yield place, set(hashes["row"][found[places == place]].tolist())


def face_of(contact_id: str, ctx: Context) -> Appearance | None:
    """Return how somebody shows itself; None if that is not known."""
    text = _rows(_part_of(contact_id), ctx).get(contact_id)
    return None if text is None else read_appearance(text)


def _rows(part: int, ctx: Context) -> dict[str, str]:
    faces = ctx[FACES].get(part)
    return {} if faces is None else faces.rows()


def _part_of(contact_id: str) -> int:
    return int(identify(contact_id)[:2], _HEX) % PARTS
