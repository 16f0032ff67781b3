"""Golden bytes of groups' states: those of their second version, of stays of their third."""

from state.entries.invite_forest import (
    Accusation,
    ActiveSanction,
    CaseEntry,
    CaseRecord,
    ConditionSignals,
    Node,
    ReportRecord,
    Treatment,
)

T = 1_700_000_000_000
GOLDEN: list[tuple[str, str, object]] = [
    (
        "report-records",
        "01919293cf0000018bcfe56800a26162c393cf0000018bcfe56801a26364c2",
        ReportRecord(((T, "ab", True), (T + 1, "cd", False))),
    ),
    ("accusations", "0192cf0000018bcfe568009192cf0000018bcfe567ffa26162", Accusation(T, ((T - 1, "ab"),))),
    ("accusations", "0192c09192cf0000018bcfe56800a26162", Accusation(None, ((T, "ab"),))),
    ("nodes", "039fa3616e6e0302cf0000018bcfe5680004c0c2a000c0c0c2c2ffa44c494e4b", Node("ann", 3, 2, T, 4, via="LINK")),
    ("hits", "0294910191a16591a091ff", ConditionSignals((1,), ("e",), ("",), (-1,))),
    ("reports", "0294910191a16591a1739107", ConditionSignals((1,), ("e",), ("s",), (7,))),
    (
        "cases",
        "0298cf0000018bcfe5680000ce000927c0cf0000018bcfe56801a2643107c3cf0000018bcfe56800",
        CaseEntry(T, 0, 600_000, T + 1, "d1", 7, barred=True, removal_ms=T),
    ),
    (
        "cases",
        "039acf0000018bcfe5680000ce000927c0cf0000018bcfe56801a2643107c3cf0000018bcfe56800a264329295cf0000018bcfe567ffa2643006c2c295cf0000018bcfe56800a2643107c3c3",
        CaseEntry(
            *(T, 0, 600_000, T + 1, "d1", 7, True, T, "d2"),
            cases=(CaseRecord(T - 1, "d0", 6), CaseRecord(T, "d1", 7, marked=True, bars=True)),
        ),
    ),
    ("sanctions", "0294cf0000018bcfe56800c0a26431a26a31", ActiveSanction(T, None, "d1", "j1")),
    ("bans-on-return", "0294cf0000018bcfe56800c0a26431a0", ActiveSanction(T, None, "d1")),
    (
        "treatments",
        "0295ce000927c092a342414ea652454d4f5645c3c3a26431",
        Treatment(600_000, ("BAN", "REMOVE"), offender=True, associated=True, review="d1"),
    ),
]
