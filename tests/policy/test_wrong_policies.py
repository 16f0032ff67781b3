"""Is every wrong policy refused with line, key and what would be right? Key: the files in `wrong`, which expect it.

`python -m tests.policy.test_wrong_policies` writes into each file what is said of it now: read that before it is kept.
"""

from pathlib import Path

import pytest

from jobs.policy.file import InvalidPolicy, load

WRONG = Path(__file__).parent / "wrong"
FILES = sorted(WRONG.glob("*.yaml"))
EXPECT = "# expect: "
RIGHT = (
    "must",
    "did you mean",
    "known here: ",
    "give it once",
    "allowed",
    "one document",
    "is a mapping",
    "write",
    "not YAML",
)
"""What a message that says what would be right has in it."""


def said_of(path: Path) -> list[str]:
    """Return what is said of a wrong policy, a line a fault."""
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    return [str(fault).removeprefix("line ").replace(str(path.parent), ".") for fault in refused.value.faults]


def expected_of(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_wrong_policy_is_refused_with_every_line_and_key_and_what_would_be_right__c_20(path: Path) -> None:
    said = said_of(path)
    assert said == expected_of(path)
    assert [line for line in said if not any(words in line for words in RIGHT)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_fault_is_one_readable_line__c_20(path: Path) -> None:
    assert all(line.isprintable() and len(line) < 300 for line in said_of(path))


if __name__ == "__main__":
    for each in FILES:
        rest = [line for line in each.read_text("utf-8").split("\n") if not line.startswith(EXPECT)]
        each.write_text("\n".join([*(EXPECT + line for line in said_of(each)), *rest]), "utf-8")
