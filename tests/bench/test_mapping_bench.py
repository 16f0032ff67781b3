"""Benchmark of mappings: both forms are the same message, and each is taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.steps import mapping

if TYPE_CHECKING:
    from pathlib import Path


def test_both_forms_are_the_same_message() -> None:
    assert mapping.mapped_reader()(mapping.in_json(7)) == mapping.read_avro(mapping.in_avro(7))


def test_both_costs_are_measured(tmp_path: Path) -> None:
    reading, taking = mapping.run(tmp_path, mapping.QUICK, lambda _: None)
    assert "(wanted <= 2.00)" in reading
    assert taking.startswith("       taking in a harmless message")
