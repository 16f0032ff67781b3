"""The state directory of replays: generations, atomic commit, lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.replay.state_directory import open_state

if TYPE_CHECKING:
    from pathlib import Path


def remember(directory: Path, key: bytes, start: Path | None = None) -> None:
    with open_state(directory, start) as draft:
        draft.store.put(key, b"!")
        draft.seal()
        draft.commit()


def stored_values(directory: Path) -> list[bytes]:
    with open_state(None, directory) as draft:
        return [key for key, _ in draft.store.scan(b"")]


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def test_committed_state_is_read_by_the_next_run(tmp_path: Path) -> None:
    remember(tmp_path / "state", b"a")
    remember(tmp_path / "state", b"b")
    assert stored_values(tmp_path / "state") == [b"a", b"b"]


def test_a_run_that_fails_changes_nothing(tmp_path: Path) -> None:
    remember(tmp_path, b"a")
    with pytest.raises(ZeroDivisionError), open_state(tmp_path, None) as draft:  # noqa: PT012 - it fails half-way
        draft.store.put(b"b", b"!")
        _ = 1 / 0
    with open_state(tmp_path, None) as draft:
        draft.store.put(b"c", b"!")
        draft.seal()
    assert stored_values(tmp_path) == [b"a"]


def test_leftovers_of_a_killed_run_are_removed_by_the_next(tmp_path: Path) -> None:
    remember(tmp_path, b"a")
    (tmp_path / "generation-2").mkdir()
    (tmp_path / "generation-2" / "half").write_bytes(b"written")
    remember(tmp_path, b"b")
    assert [path.name for path in sorted(tmp_path.glob("generation-*"))] == ["generation-2"]
    assert stored_values(tmp_path) == [b"a", b"b"]


def test_the_state_that_is_copied_is_not_changed(tmp_path: Path) -> None:
    remember(tmp_path / "one", b"a")
    before = files(tmp_path / "one")
    with open_state(None, tmp_path / "one") as draft:
        draft.store.put(b"b", b"!")
        draft.seal()
        draft.commit()
    remember(tmp_path / "two", b"c", start=tmp_path / "one")
    assert files(tmp_path / "one") == before
    assert stored_values(tmp_path / "two") == [b"a", b"c"]


def test_a_directory_with_state_cannot_start_from_another(tmp_path: Path) -> None:
    remember(tmp_path / "one", b"a")
    remember(tmp_path / "two", b"b")
    with pytest.raises(BadInput, match="two: has state already"):
        remember(tmp_path / "two", b"c", start=tmp_path / "one")


def test_the_directory_is_locked_by_one_run_at_a_time(tmp_path: Path) -> None:
    with open_state(tmp_path, None), pytest.raises(BadInput, match="is in use by another run"):
        remember(tmp_path, b"a")


def test_another_directory_is_refused_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(BadInput, match="is not a state directory"):
        remember(tmp_path, b"a")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_start_directory_without_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no state of a replay"):
        stored_values(tmp_path)


@pytest.mark.parametrize("content", ["", "elsewhere\n", "../generation-1\n", "generation-7\n"])
def test_an_invalid_current_file_is_refused(tmp_path: Path, content: str) -> None:
    remember(tmp_path, b"a")
    (tmp_path / "CURRENT").write_text(content)
    with pytest.raises(BadInput, match="names no generation of state"):
        remember(tmp_path, b"b")
    assert (tmp_path / "generation-1").is_dir()


def test_a_broken_database_is_refused(tmp_path: Path) -> None:
    remember(tmp_path, b"a")
    (tmp_path / "generation-1" / "CURRENT").write_text("broken")
    with pytest.raises(BadInput, match="holds state that cannot be opened"):
        remember(tmp_path, b"b")
    assert (tmp_path / "CURRENT").read_text() == "generation-1\n"
