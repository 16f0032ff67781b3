"""How do the people on the account's lists show themselves? Key: the protected account.

They are remembered here as their accounts told it, so that a message is compared without asking anybody (AI-14). Many
stand in one entry: all of them are a few reads.
"""

from collections.abc import Iterator

from operators.erasure import erased_after
from operators.identity import identify
from operators.operator import Context
from schemas.records import Appearance, AppearanceChanged
from state.appearances import read_appearance, revision_of, written_appearance
from state.catalog import FACES

PARTS = 16
"""Entries among which the faces are spread. It lives in savepoints: with another number they are not found."""

_HEX = 16


def remember_face(event: AppearanceChanged, ctx: Context) -> bool:
    """Remember how somebody shows itself; return False where something newer is known, or nothing may be."""
    if erased_after(ctx, event.at_ms, event.contact_id) is not None:
        return False
    part = _part_of(event.contact_id)
    faces = ctx[FACES].get(part) or {}
    known = faces.get(event.contact_id)
    if known is not None and revision_of(known) >= event.appearance.revision:
        return False
    ctx[FACES].put(part, {**faces, event.contact_id: written_appearance(event.appearance)})
    return True


def forget_face(contact_id: str, ctx: Context, before_ms: int | None = None) -> None:
    """Forget how somebody shows itself; with `before_ms` only what is older."""
    part = _part_of(contact_id)
    faces = ctx[FACES].get(part) or {}
    known = faces.get(contact_id)
    if known is None or (before_ms is not None and revision_of(known) >= before_ms):
        return
    left = {account_id: text for account_id, text in faces.items() if account_id != contact_id}
    if left:
        ctx[FACES].put(part, left)
    else:
        ctx[FACES].remove(part)


def forget_faces(before_ms: int, ctx: Context) -> None:
    """Forget everybody who was remembered before a time (C-18)."""
    for contact_id, _ in list(faces(ctx)):
        forget_face(contact_id, ctx, before_ms)


def faces(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the people that are known, and how each shows itself, as it is written."""
    for _, part in ctx[FACES].items():  # noqa: PERF102 - a state has no values()
        yield from part.items()


def face_of(contact_id: str, ctx: Context) -> Appearance | None:
    """Return how somebody shows itself; None if that is not known."""
    text = (ctx[FACES].get(_part_of(contact_id)) or {}).get(contact_id)
    return None if text is None else read_appearance(text)


def _part_of(contact_id: str) -> int:
    return int(identify(contact_id)[:2], _HEX) % PARTS
