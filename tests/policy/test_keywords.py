"""Keywords of a policy: list, packs, files."""

import pickle
from pathlib import Path

import pytest

from jobs.policy.file import InvalidPolicy, embed_keyword_files, load, parse
from operators.policy.keywords import LISTED_KEYWORDS, Keyword, ScreenRules, load_pack
from operators.policy.model import Policy
from tests.support.given import friends, kithward, the_one_line, written


def keywords(settings: str) -> tuple[Keyword, ...]:
    return parse(f"friendship_age: {settings}").friendship_age.screen.keywords


def test_without_a_policy_the_list_and_all_packs_are_used__fa_7() -> None:
    texts = {keyword.text for keyword in Policy().friendship_age.screen.keywords}
    assert set(LISTED_KEYWORDS) <= texts
    assert len(texts) > len(LISTED_KEYWORDS)


def test_without_packs_the_list_alone_is_used__fa_7() -> None:
    assert keywords("{packs: []}") == tuple(Keyword(text, text) for text in LISTED_KEYWORDS)


def test_a_pack_comes_after_the_list__fa_7() -> None:
    assert keywords("{packs: [zh], keywords: [a]}")[0] == Keyword("a", "a")
    assert set(keywords("{packs: [zh], keywords: []}")) == set(load_pack("zh"))


def test_a_keyword_is_text_or_a_mapping__fa_12() -> None:
    written = "{packs: [], keywords: [pay, {text: spam, id: k-1, anywhere: true}, {text: a, anywhere: false}, 123, no]}"
    assert keywords(written) == (
        Keyword("pay", "pay"),
        Keyword("k-1", "spam", anywhere=True),
        Keyword("a", "a", anywhere=False),
        Keyword("123", "123"),
        Keyword("no", "no"),
    )


def test_a_keyword_that_an_earlier_one_finds_is_left_out__fa_11() -> None:
    assert keywords("{packs: [], keywords: [匯款, 汇款, 'gift-card', Gift Card]}") == (
        Keyword("匯款", "匯款"),
        Keyword("gift-card", "gift-card"),
    )


@pytest.mark.parametrize("keyword", ["'---'", "' '", '"\\u200b"', "！", "'🎁'"])
def test_a_keyword_that_normalises_to_nothing_is_refused__fa_11(keyword: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        keywords(f"{{keywords: [ok, {keyword}]}}")
    assert refused.value.key == "friendship_age.keywords[1]"


def test_other_capabilities_use_the_same_keywords_unless_they_name_their_own__ai_2_if_19() -> None:
    policy = parse("{friendship_age: {keywords: [a], packs: [zh]}, invite_forest: {condition: {keywords: [b]}}}")
    assert policy.avatar_impersonation.screen.keywords == policy.friendship_age.screen.keywords
    assert policy.avatar_impersonation.screen.detectors == {"keyword"}
    assert policy.invite_forest.condition.screen.keywords == (Keyword("b", "b"),)
    assert parse("avatar_impersonation: {keywords: []}").avatar_impersonation.screen.keywords == ()


def test_a_keyword_file_has_one_a_line_and_is_relative_to_the_policy__fa_7(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "words.txt").write_bytes("\ufeffwire transfer\r\n\r\n  # 1 deal \n付款\n".encode())
    policy = tmp_path / "policy.yaml"
    policy.write_text("friendship_age: {packs: [], keywords: [pay], keyword_files: [lists/words.txt]}")
    texts = [keyword.text for keyword in load(policy).friendship_age.screen.keywords]
    assert texts == ["pay", "wire transfer", "# 1 deal", "付款"]


def test_a_published_policy_must_contain_its_keywords__c_20() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse("friendship_age: {keyword_files: [words.txt]}")
    assert refused.value.key == "friendship_age.keyword_files[0]"
    assert "must contain its keywords" in refused.value.message


def test_a_published_policy_is_written_with_its_keywords__c_20(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("wire transfer\n付款\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: v2\nfriendship_age: {gate_threshold: 0.85, keyword_files: [words.txt]}")
    assert parse(embed_keyword_files(policy)) == load(policy)


def test_an_empty_list_is_published_without_the_default_keywords__c_20_fa_76(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("gold coins\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: v2\nfriendship_age: {keywords: [], packs: [], keyword_files: [words.txt]}")
    assert [keyword.text for keyword in load(policy).friendship_age.screen.keywords] == ["gold coins"]
    assert parse(embed_keyword_files(policy)) == load(policy)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([f"{number:04}{'付' * 252}" for number in range(1_500)], "bytes; at most 1048576 are allowed"),
        (["silver"], "one of them is the id of another keyword; ids must differ"),
    ],
)
def test_what_is_valid_with_its_files_alone_is_not_published__c_20(
    tmp_path: Path, words: list[str], fault: str
) -> None:
    (tmp_path / "words.txt").write_text("\n".join(words), "utf-8")
    policy, events = tmp_path / "policy.yaml", written(tmp_path / "events.jsonl", [friends()])
    own = "{packs: [], keywords: {add: [{text: gold coins, id: silver}]}, keyword_files: [words.txt]}"
    policy.write_text(f"version: v2\nfriendship_age: {own}")
    assert load(policy).version == "v2"
    replay = ("replay", "--events", events, "--out", tmp_path / "out", "--shadow", policy)
    for verb in (("policy", "publish", policy), replay):
        said = the_one_line(kithward(*verb))
        assert said.startswith(f"kithward: {policy}: cannot be published with the keywords of its files inside: ")
        assert said.endswith(fault)


def test_a_policy_without_files_is_published_unchanged(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: v2 # because\n")
    assert embed_keyword_files(policy) == "version: v2 # because\n"


def test_a_huge_keyword_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\n" * 50_001)
    policy = tmp_path / "policy.yaml"
    policy.write_text("friendship_age: {keyword_files: [words.txt]}")
    with pytest.raises(InvalidPolicy, match="50000 lines"):
        load(policy)


def test_equal_rules_have_equal_hashes_in_every_process() -> None:
    rules = ScreenRules((Keyword("a", "a"),), frozenset({"keyword"}), ())
    again = pickle.loads(pickle.dumps(rules))  # noqa: S301 - our own bytes
    assert again == rules
    assert hash(again) == hash(rules)


@pytest.mark.parametrize(
    "other",
    [
        ScreenRules((Keyword("a", "a", anywhere=True),), frozenset({"keyword"}), ()),
        ScreenRules((Keyword("a", "a", language="en"),), frozenset({"keyword"}), ()),
        ScreenRules((Keyword("a", "b"),), frozenset({"keyword"}), ()),
        ScreenRules((Keyword("a", "a"),), frozenset(), ()),
        ScreenRules((Keyword("a", "a"),), frozenset({"keyword"}), ("a",)),
        ScreenRules((Keyword("a", "a"),), frozenset({"keyword"}), (), ("us",)),
        ScreenRules((Keyword("a", "a"),), frozenset({"keyword"}), (), false_alarms=1),
        "rules",
    ],
)
def test_rules_that_differ_in_anything_are_not_equal(other: object) -> None:
    rules = ScreenRules((Keyword("a", "a"),), frozenset({"keyword"}), ())
    assert rules != other
    if isinstance(other, ScreenRules):
        object.__setattr__(other, "_hash", hash(rules))  # what has equal hashes is compared
        assert rules != other


def test_equal_rules_of_two_processes_are_compared_once() -> None:
    rules = ScreenRules(load_pack("en"), frozenset({"keyword"}), ())
    again = pickle.loads(pickle.dumps(rules))  # noqa: S301 - our own bytes
    assert again == rules
    object.__setattr__(again, "keywords", ())
    assert again == rules


def test_the_default_keywords_are_changed_without_repeating_them__fa_76() -> None:
    changed = keywords("{packs: [], keywords: {add: [{text: moon, id: m}, payment], drop: [GIFT-CARD, 付款]}}")
    kept = [Keyword(text, text) for text in LISTED_KEYWORDS if text not in {"gift card", "付款"}]
    assert changed == (*kept, Keyword("m", "moon"))


def test_a_keyword_of_a_pack_is_dropped__fa_76() -> None:
    first = load_pack("en")[0]
    assert first in keywords("{keywords: {add: [a]}}")
    assert first not in keywords(f"{{keywords: {{drop: ['{first.id}']}}}}")


def test_other_sections_change_the_keywords_of_friendship_age__fa_76() -> None:
    policy = parse(
        "{friendship_age: {packs: [], keywords: [a, b]}, avatar_impersonation: {keywords: {add: [c], drop: [a]}},"
        " invite_forest: {condition: {keywords: {only: [d], add: [e]}}}}"
    )
    assert [keyword.text for keyword in policy.avatar_impersonation.screen.keywords] == ["b", "c"]
    assert [keyword.text for keyword in policy.invite_forest.condition.screen.keywords] == ["d", "e"]


def test_changes_are_published_with_the_keywords_of_files__fa_76(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("wire transfer\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "version: v2\nfriendship_age: {keywords: {drop: [payment], add: [moon]}, keyword_files: [words.txt]}"
    )
    assert parse(embed_keyword_files(policy)) == load(policy)


def test_a_fault_in_a_list_of_changes_has_its_place__fa_76() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        keywords("{keywords: {add: [ok, '---']}}")
    assert refused.value.key == "friendship_age.keywords.add[1]"
    with pytest.raises(InvalidPolicy) as refused:
        keywords("{keywords: [{text: a, id: k}, {text: 'a + ---', id: j}]}")
    assert refused.value.key == "friendship_age.keywords[1].text"


def test_combinations_of_the_same_phrases_are_one_keyword__fa_78() -> None:
    assert keywords("{packs: [], keywords: [a + b, A + B, a b]}") == (Keyword("a + b", "a + b"), Keyword("a b", "a b"))


def test_a_keyword_may_name_its_language__fa_77() -> None:
    [keyword] = keywords("{packs: [], keywords: [{text: tarjeta, language: es}]}")
    assert keyword == Keyword("tarjeta", "tarjeta", language="es")
