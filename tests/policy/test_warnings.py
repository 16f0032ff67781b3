"""Warnings about valid policies: line, key, and what to write instead (C-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.policy.everyday import everyday_keywords, everyday_messages
from jobs.policy.file import Fault, check
from operators.policy.keywords import LISTED_KEYWORDS, PACKS, Keyword, load_pack
from tests.support.given import HOUR, NOON, kithward, message, written

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS = "".join(f"  - {keyword}\n" for keyword in LISTED_KEYWORDS)


def warnings(folder: Path, text: str) -> list[Fault]:
    (folder / "policy.yaml").write_text(text, "utf-8")
    return list(check(folder / "policy.yaml").warnings)


def places(folder: Path, text: str) -> list[tuple[int | None, str]]:
    return [(warning.line, warning.key) for warning in warnings(folder, text)]


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ("", 1, "", "the file has no keys: all defaults apply"),
        ("# nothing\n{}\n", 2, "", "the file has no keys"),
        ("friendship_age: {t1_ms: 3d}\n", 1, "version", "is not given: decisions will say default"),
        (
            "version: a\nfriendship_age:\n  t1_ms: 14\n",
            3,
            "friendship_age.t1_ms",
            "14 without a unit is 14 milliseconds: write 14d if days are meant, or 14ms",
        ),
        ("version: a\nfriendship_age:\n  t1_ms: 259200\n", 3, "friendship_age.t1_ms", "is 4 minutes 19 seconds"),
        (
            "version: a\nfriendship_age:\n  verification_timeout_ms: 24\n",
            3,
            "friendship_age.verification_timeout_ms",
            "24",
        ),
        ("version: a\ncommon:\n  idle_ms: 30\n", 3, "common.idle_ms", "30 milliseconds"),
        ("version: a\nlimits:\n  BAN: {at_most: 1,\n   per_ms: 24}\n", 4, "limits.BAN.per_ms", "24 milliseconds"),
        (
            "version: a\nfriendship_age:\n  bands: [{from_ms: 0, to_ms: 3, do: WARN}, {from_ms: 3ms, do: WARN}]\n",
            3,
            "friendship_age.bands[0].to_ms",
            "3 milliseconds",
        ),
        (
            "version: a\nfriendship_age:\n  first_operation: {WARN: {channels: [IN_APP, NUMBER]}}\n",
            3,
            "friendship_age.first_operation.WARN.channels[1]",
            "friendship_age.alert_number is not set",
        ),
        (
            "version: a\nfriendship_age:\n  alert_number: '1'\n  middle_operation:\n    WARN: {channels: [PLATFORM]}\n",
            5,
            "friendship_age.middle_operation.WARN.channels[0]",
            "PLATFORM reaches nobody: friendship_age.alert_platform is not set",
        ),
        (
            "version: a\nfriendship_age:\n  keywords: [moon landing]\n",
            3,
            "friendship_age.keywords",
            "replaces the defaults, and 11 of 11 are lost: payment, brushing order, unsecured loan, ...; to add",
        ),
    ],
)
def test_what_is_probably_not_meant_has_a_warning_with_line_and_key__c_20(
    tmp_path: Path, text: str, line: int, key: str, said: str
) -> None:
    [warning] = warnings(tmp_path, text)
    assert (warning.line, warning.key) == (line, key)
    assert said in warning.message


@pytest.mark.parametrize(
    "text",
    [
        "version: a\n",
        "version: a\nfriendship_age: {t1_ms: 0, t2_ms: 14ms}\n",
        "version: a\nfriendship_age: {t1_ms: 14d, t2_ms: 1209600000}\n",
        "version: a\ncommon: {out_of_order_ms: 500}\n",
        "version: a\nenforcement: {delay_at_most_ms: 200}\n",
        "version: a\nfriendship_age: {alert_number: '1', first_operation: {WARN: {channels: [NUMBER]}}}\n",
        f"version: a\nfriendship_age:\n keywords:\n{DEFAULTS}  - moon landing\n",
        "version: a\ninvite_forest: {condition: {keywords: [double your money]}}\n",
    ],
)
def test_what_may_well_be_meant_has_no_warning__c_20(tmp_path: Path, text: str) -> None:
    assert warnings(tmp_path, text) == []


@pytest.mark.parametrize(
    ("keyword", "language"),
    [
        ("is", "English"),
        ("the", "English"),
        ("ok", "English"),
        ("好", "Chinese"),
        ("谢谢", "Chinese"),
        ("gracias", "Spanish"),
    ],
)
def test_a_keyword_of_everyday_language_is_measured__c_20(tmp_path: Path, keyword: str, language: str) -> None:
    text = f"version: a\nfriendship_age:\n keywords:\n{DEFAULTS}  - {keyword}\n"
    [warning] = warnings(tmp_path, text)
    assert (warning.line, warning.key) == (4 + len(LISTED_KEYWORDS), f"friendship_age.keywords[{len(LISTED_KEYWORDS)}]")
    assert f'"{keyword}"' in warning.message
    assert f"everyday messages in {language}" in warning.message


def test_a_keyword_inside_of_words_counts_where_it_matches() -> None:
    found = list(everyday_keywords([Keyword("th", "th"), Keyword("th", "th", anywhere=True)]))
    assert [each.index for each in found] == [1]


def test_one_character_is_no_keyword_even_if_nothing_everyday_has_it(tmp_path: Path) -> None:
    [warning] = warnings(tmp_path, f"version: a\nfriendship_age:\n keywords:\n{DEFAULTS}  - 龘\n")
    assert "is one character" in warning.message


def test_no_keyword_that_ships_is_of_everyday_language() -> None:
    shipped = [Keyword(text, text) for text in LISTED_KEYWORDS]
    assert not list(everyday_keywords([*shipped, *(keyword for name in PACKS for keyword in load_pack(name))]))


def test_the_everyday_messages_are_of_several_languages_and_differ() -> None:
    assert {"English", "Chinese", "Spanish", "French", "German", "Portuguese"} <= set(everyday_messages())
    assert all(len(lines) == len(set(lines)) >= 40 for lines in everyday_messages().values())


def test_a_keyword_of_a_file_is_named_by_its_line_and_not_quoted__c_20(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("moon landing\n\nthe\n", "utf-8")
    [warning] = warnings(tmp_path, "version: a\nfriendship_age:\n  keyword_files:\n    - words.txt\n")
    assert (warning.line, warning.key) == (4, "friendship_age.keyword_files[0]")
    assert warning.message.startswith('"words.txt", line 3: hits ')
    assert '"the"' not in warning.message


def test_many_everyday_keywords_are_counted(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("".join(f"{chr(0x4E00 + number)}\n" for number in range(50)), "utf-8")
    found = warnings(tmp_path, "version: a\nfriendship_age: {keyword_files: [words.txt]}\n")
    assert len(found) == 21
    assert any("30 more keywords" in warning.message for warning in found)


def test_warnings_are_in_order_of_their_lines(tmp_path: Path) -> None:
    text = "version: a\nfriendship_age:\n  keywords: [a]\n  t1_ms: 14\nenforcement: {log_only: [WARN]}\n"
    assert [line for line, _ in places(tmp_path, text)] == [3, 3, 4, 5]


def test_check_prints_warnings_and_is_strict_on_demand(tmp_path: Path) -> None:
    policy = written(tmp_path / "policy.yaml", ["version: a", "friendship_age: {t1_ms: 14}"])
    lenient, strict = kithward("policy", "check", policy), kithward("policy", "check", policy, "--strict")
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert lenient.output == strict.output
    assert lenient.stderr.startswith(f"{policy}:2: warning: friendship_age.t1_ms: 14 without a unit")
    fine = written(tmp_path / "fine.yaml", ["version: a"])
    assert kithward("policy", "check", fine, "--strict").exit_code == 0


def test_verbs_that_use_a_policy_print_its_first_warning(tmp_path: Path) -> None:
    policy = written(tmp_path / "policy.yaml", ["version: a", "friendship_age: {t1_ms: 14, t2_ms: 30}"])
    shadow = written(tmp_path / "shadow.yaml", ["version: b", "friendship_age: {t1_ms: 14}"])
    events = written(tmp_path / "events.jsonl", [message("m", NOON + HOUR)])
    out = tmp_path / "out"
    first = f"warning: {policy}: line 2: friendship_age.t1_ms: 14 without a unit is 14 milliseconds"
    more = "(and 1 more: see kithward policy check)\n"
    replayed = kithward("replay", "--events", events, "--out", out, "--policy", policy, "--shadow", shadow)
    assert replayed.stderr.startswith(first)
    assert more in replayed.stderr
    assert f"warning: {shadow}: line 2: friendship_age.t1_ms: 14" in replayed.stderr
    verified = kithward("verify", "--decisions", out / "decisions.jsonl", "--events", events, "--policy", policy)
    compared = kithward("whatif", "--events", events, "--policy", policy, "--against", shadow)
    refused = kithward("run", "--policy", policy, "--set", "novalue")
    assert all(result.stderr.startswith(first) for result in (verified, compared, refused))


def test_what_is_dropped_and_unknown_has_a_warning_with_its_line__fa_76(tmp_path: Path) -> None:
    text = "version: a\nfriendship_age:\n  keywords:\n    drop:\n      - payment\n      - gift crad\n"
    [warning] = warnings(tmp_path, text)
    assert (warning.line, warning.key) == (6, "friendship_age.keywords.drop[1]")
    assert (
        warning.message == '"gift crad" is none of the default keywords: nothing is dropped; did you mean "gift card"?'
    )


def test_keywords_that_are_added_lose_no_default__fa_76(tmp_path: Path) -> None:
    assert warnings(tmp_path, "version: a\nfriendship_age: {keywords: {add: [moon landing]}}\n") == []
    [warning] = warnings(tmp_path, "version: a\nfriendship_age: {keywords: {only: [moon landing]}}\n")
    assert warning.message.endswith("to add keywords instead, write keywords: {add: [...]}")
