"""Text that is no YAML: the fault has the line of the mistake, and says what to do."""

from __future__ import annotations

import pytest

from jobs.policy.file import InvalidPolicy, parse

INDENT = "must begin in the same column"
TABS = "indent with spaces, not tabs"
COLON = "write `key: value`"
OPEN = "a quotation mark that is opened here is not closed"


@pytest.mark.parametrize(
    ("text", "line", "right"),
    [
        ("version: a\nfriendship_age:\n   t1_ms: 3d\n  t2_ms: 4d\n", 4, INDENT),
        ("keywords:\n  - a\n - b\n", 3, INDENT),
        ("version: 'it's'\n", 1, INDENT),
        ("version: a\n  limits: {}\n", 2, COLON),
        ("version: say: hi\n", 1, COLON),
        ("version: a\nlimits\n\n\n", 2, COLON),
        ("common:\n\tidle_ms: 1s\n", 2, TABS),
        ("common:\n  idle_ms: 1s\n\trisk_window_ms: 1m\n", 3, TABS),
        ('version: "a\nlimits: {}\n\n\n', 1, OPEN),
        ("limits: {}\nversion: 'a\n", 2, OPEN),
        ("keywords: [a, b\nlimits: {}\n", 2, "close the list with ]"),
        ('{"version": "a" "limits": {}}', 1, "write a comma between its entries"),
        ('{"version": "a"', 1, "close the mapping with }"),
        ('{"version": "a",, "limits": {}}', 1, "a comma or a closing bracket too many"),
        ("version: @a\n", 1, "quote text that begins with @"),
        ("keywords: [*bold*]\n", 1, "quote text that begins with * or &"),
        ("version: & a\n", 1, "quote text that begins with * or &"),
        ('version: "\\q"\n', 1, "write a backslash as \\\\"),
        ("version: !x!y a\n", 1, "quote text that begins with !"),
        ("keywords: - a\n", 1, "begin a list on the line after its key"),
        ("limits: {}\nversion: \x01\n", 2, "without control characters"),
        ("%YAML 3.0\n---\nversion: a\n", 1, "quote text that begins with %"),
        ("version: |a\n  b\n", 1, "alone at the end of its line"),
    ],
)
def test_the_fault_has_the_line_and_says_what_to_do__c_20(text: str, line: int, right: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse(text)
    assert (refused.value.line, len(refused.value.faults)) == (line, 1)
    assert right in refused.value.message


@pytest.mark.parametrize("text", ["root:x:0:0:root\nsecret:x:1:1\n", "- secret\n", '"secret', "secret: [\n", "{secret"])
def test_a_file_that_is_no_policy_is_not_quoted__c_20(text: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse(text)
    assert "secret" not in str(refused.value)
