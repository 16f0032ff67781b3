"""Every wrong policy in `wrong/` is refused with line, key and what would be right.

`python -m tests.policy.test_wrong_policies` writes the current faults into each file: read them before you commit.
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
"""Words of which a message that states what would be right has at least one."""


def faults_of(path: Path) -> list[str]:
    """Return the faults of a wrong policy, one line each."""
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    return [str(fault).removeprefix("line ").replace(str(path.parent), ".") for fault in refused.value.faults]


def expected_of(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_wrong_policy_is_refused_with_every_line_and_key_and_what_would_be_right__c_20(path: Path) -> None:
    found = faults_of(path)
    assert found == expected_of(path)
    assert [line for line in found if not any(words in line for words in RIGHT)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_fault_is_one_readable_line__c_20(path: Path) -> None:
    assert all(line.isprintable() and len(line) < 300 for line in faults_of(path))


if __name__ == "__main__":
    for each in FILES:
        rest = [line for line in each.read_text("utf-8").split("\n") if not line.startswith(EXPECT)]
        each.write_text("\n".join([*(EXPECT + line for line in faults_of(each)), *rest]), "utf-8")
