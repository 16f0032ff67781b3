"""Operators of another release: today's on states that differ in layout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from operators.operator import Context, Handler, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from state.spec import K, MapCell, MapSpec, V


class OtherRelease(Operator):
    """An operator with the uid of today's; `open_cell` maps a state of today's to one of its own."""

    def __init__(self, today: Operator) -> None:
        self.uid = today.uid  # type: ignore[misc] # the name of the one that it was or will be
        self.today = today

    @property
    def handles(self) -> Mapping[type, Handler]:
        return {kind: partial(self.handle, handler) for kind, handler in self.today.handles.items()}

    def handle(self, handler: Handler, record: Any, ctx: Context) -> Iterator[Any]:
        return handler(record, _ReleaseContext(self, ctx))

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        return self.today.on_timer(at_ms, _ReleaseContext(self, ctx))

    def open_cell(self, spec: MapSpec[K, V], ctx: Context) -> MapCell[K, V]:
        raise NotImplementedError


class _ReleaseContext:
    """A context whose states are those of the other release."""

    def __init__(self, release: OtherRelease, context: Context) -> None:
        self._release, self._context = release, context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        return self._release.open_cell(spec, self._context)
