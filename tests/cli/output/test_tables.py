"""Tables of the tool's output: aligned, with numbers at the right, and no wider than the terminal."""

from __future__ import annotations

from jobs.cli.output.tables import CountRow, column_lines, count_lines, listed


def test_counts_are_aligned_and_their_parts_go_on_below_each_other() -> None:
    rows = [CountRow("read", 12_345, ["applied 12,340", "repeated 5"]), CountRow("late", 2), CountRow("x", 1, ["x 1"])]
    assert list(count_lines(rows, 80)) == [
        "read  12,345  applied 12,340, repeated 5",
        "late       2",
        "x          1  x 1",
    ]
    assert list(count_lines(rows, 34)) == [
        "read  12,345  applied 12,340,",
        "              repeated 5",
        "late       2",
        "x          1  x 1",
    ]


def test_no_line_is_wider_than_the_terminal_unless_one_part_is() -> None:
    parts = [f"OUTCOME_{number} {number}" for number in range(40)]
    lines = list(count_lines([CountRow("friendship-age", 780, parts)], 60))
    assert max(map(len, lines)) <= 60
    assert " ".join(" ".join(lines).split()) == f"friendship-age 780 {', '.join(parts)}"


def test_a_table_without_rows_is_its_head() -> None:
    assert list(count_lines([], 80)) == []
    assert list(column_lines(("flips", "rule"), [])) == ["flips  rule"]


def test_columns_of_numbers_stand_at_the_right() -> None:
    rows = [(4, "friendship-age", ""), (1_000, "strangers", "3 to 30 days")]
    assert list(column_lines(("flips", "rule", "friends for"), rows)) == [
        "flips  rule            friends for",
        "    4  friendship-age",
        "1,000  strangers       3 to 30 days",
    ]


def test_the_largest_counts_come_first() -> None:
    assert listed({"b": 1, "a": 1, "c": 1_200}) == ["c 1,200", "a 1", "b 1"]
