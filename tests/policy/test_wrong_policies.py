"""Is every wrong policy refused with its key and its line? Key: the files in `wrong`, which say what they expect."""

from pathlib import Path

import pytest

from jobs.policy_file import InvalidPolicy, load

WRONG = Path(__file__).parent / "wrong"
EXPECT = "# expect: "


def expected(path: Path) -> list[tuple[int, str]]:
    """Return the lines and keys that a wrong policy's first lines name."""
    heads = (line.removeprefix(EXPECT) for line in path.read_text().splitlines() if line.startswith(EXPECT))
    return [(int(line), key) for line, _, key in (head.partition(" ") for head in heads)]


@pytest.mark.parametrize("path", sorted(WRONG.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_policy_is_refused_with_every_key_and_line__c_20(path: Path) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    assert [(fault.line, fault.key) for fault in refused.value.faults] == expected(path)


@pytest.mark.parametrize("path", sorted(WRONG.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_fault_is_one_readable_line__c_20(path: Path) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    lines = str(refused.value).split("\n")
    assert len(lines) == len(refused.value.faults)
    assert all(line.isprintable() and len(line) < 300 for line in lines)
