"""Sets of ids in one keyed state, as doubly linked lists of entries.

A set that is stored as one entry is read and written as a whole by every change, which costs the square of its size.
Here a change reads and writes a few entries, however large the set is, and needs no scan over other sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from state.catalog.entry_key import join_ids
from state.entries.linked import Linked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.spec import MapCell

_HEAD = ""  # no member is empty
_NONE = Linked()


class LinkedSets:
    """Sets by name, in order of insertion. No name and no member contains a control character that `join_ids` uses.

    `lists` is a state of an earlier release that holds each set as one entry; it is moved over when it is first used.
    """

    __slots__ = ("_cell", "_lists")

    def __init__(self, cell: MapCell[str, Linked], lists: MapCell[str, tuple[str, ...]] | None = None) -> None:
        self._cell, self._lists = cell, lists

    def add(self, name: str, member: str) -> None:
        """Add a member; one that is there stays where it is."""
        self._move(name)
        self._append(name, member)

    def discard(self, name: str, member: str) -> None:
        """Remove a member; absent is fine."""
        self._move(name)
        entry, head = self._get(name, member), self._head(name)
        if entry is None:
            return
        self._cell.remove(join_ids(name, member))
        if entry.before:
            self._change(name, entry.before, after=entry.after)
        else:
            head = replace(head, after=entry.after)
        if entry.after:
            self._change(name, entry.after, before=entry.before)
        else:
            head = replace(head, before=entry.before)
        self._put_head(name, replace(head, size=head.size - 1))

    def members(self, name: str) -> Iterator[str]:
        """Yield the members, oldest first; the one just yielded may be removed meanwhile."""
        self._move(name)
        member = self._head(name).after
        while member:
            following = (self._get(name, member) or _NONE).after
            yield member
            member = following

    def size(self, name: str) -> int:
        """Return the number of members."""
        self._move(name)
        return self._head(name).size

    def _append(self, name: str, member: str) -> None:
        if self._get(name, member) is not None:
            return
        head = self._head(name)
        self._cell.put(join_ids(name, member), Linked(before=head.before))
        if head.before:
            self._change(name, head.before, after=member)
        self._put_head(name, Linked(before=member, after=head.after or member, size=head.size + 1))

    def _move(self, name: str) -> None:
        listed = None if self._lists is None else self._lists.get(name)
        if self._lists is not None and listed is not None:
            self._lists.remove(name)
            for member in listed:
                self._append(name, member)

    def _get(self, name: str, member: str) -> Linked | None:
        return self._cell.get(join_ids(name, member))

    def _head(self, name: str) -> Linked:
        return self._get(name, _HEAD) or _NONE

    def _change(self, name: str, member: str, **neighbours: str) -> None:
        self._cell.put(join_ids(name, member), replace(self._get(name, member) or _NONE, **neighbours))

    def _put_head(self, name: str, head: Linked) -> None:
        if head.size:
            self._cell.put(join_ids(name, _HEAD), head)
        else:
            self._cell.remove(join_ids(name, _HEAD))
