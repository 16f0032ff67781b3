"""The prefilter's search finds every pattern that is there, with the edges of words that it needs."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from operators.screening.combined_patterns import Batch, CombinedPatterns
from operators.screening.letters import Letters, searched_letters, without_separators
from operators.screening.ragged import Ragged
from operators.screening.symbol_search import SymbolSearch
from operators.text.accents import normalise_accents
from operators.text.alphabet import TEXT_SEPARATOR, code_points, encode_any
from operators.text.everyday_grams import rarity
from operators.text.skeleton import is_as_written, skeleton
from operators.text.word_edges import BEGINS, ENDS, Whole, word_edges

WORDS = ("send", "card", "gift", "codes", "loan", "转账", "验证码", "оплата", "now", "a", "xyz")
TEXTS = st.lists(st.sampled_from([*WORDS, " ", "-", "b"]), max_size=8).map("".join)
PATTERNS = st.dictionaries(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join), st.sampled_from(list(Whole)), max_size=8
)


def letters(texts: list[str]) -> Letters:
    codes = code_points(TEXT_SEPARATOR.join(texts))
    return without_separators(encode_any(codes), word_edges(codes, ord(TEXT_SEPARATOR)))


def occurrences(text: str, pattern: str, whole: Whole) -> bool:
    """Return whether a text has a pattern by its skeleton, with letters apart where it needs edges of words."""
    kept = [at for at, char in enumerate(text) if normalise_accents(char)]
    joined = "".join(normalise_accents(text[at]) for at in kept)
    for at in range(len(joined) - len(pattern) + 1):
        if joined[at : at + len(pattern)] == pattern:
            first, last = kept[at], kept[at + len(pattern) - 1]
            begins = first == 0 or not text[first - 1].isalnum()
            ends = last == len(text) - 1 or not text[last + 1].isalnum()
            if not whole & ~((BEGINS if begins else 0) | (ENDS if ends else 0)):
                return True
    return False


@given(st.lists(TEXTS, min_size=1, max_size=4), PATTERNS)
@example(["gift card", "xgift card now"], {"giftcard": Whole.BOTH, "now": Whole.BEGINNING})
def test_every_pattern_is_found_in_every_text_that_has_it__fa_12(texts: list[str], patterns: dict[str, Whole]) -> None:
    listed = list(patterns)
    matches = SymbolSearch(patterns).find(searched_letters(letters(texts)))
    found = {(text, listed[number]) for text, number in zip(*map(np.ndarray.tolist, matches), strict=True)}
    expected = {
        (place, pattern)
        for place, text in enumerate(texts)
        for pattern, whole in patterns.items()
        if occurrences(text, pattern, whole)
    }
    assert expected <= found


def test_what_is_not_there_is_not_found() -> None:
    search = SymbolSearch({"giftcard": Whole.NOWHERE, "verification": Whole.NOWHERE, "转账给我": Whole.NOWHERE})
    texts = ["gift cars, gift cord", "verify the action", "转账给他", "the gift, carefully", "vericationfi"]
    assert search.find(searched_letters(letters(texts))).texts.size == 0
    found = search.find(searched_letters(letters(["a gift card", "转账给我吧"])))
    assert sorted(found.patterns.tolist()) == [0, 2]


@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_some_texts_of_a_batch_are_as_if_they_were_a_batch_of_their_own(texts: list[str], data: st.DataObject) -> None:
    chosen = sorted(data.draw(st.sets(st.sampled_from(range(len(texts))), min_size=1)))
    some, alone = letters(texts).only(np.array(chosen)), letters([texts[place] for place in chosen])
    assert some.symbols.tolist() == alone.symbols.tolist()
    assert some.edges[~some.is_boundary].tolist() == alone.edges[~alone.is_boundary].tolist()


def test_a_combination_needs_a_phrase_of_every_part__fa_78() -> None:
    parts = (frozenset({"giftcard", "voucher"}), frozenset({"sendme", "pic"}))
    patterns = CombinedPatterns(
        frozenset({"moneymule"}), [parts], dict.fromkeys(("moneymule", *parts[0], *parts[1]), Whole.NOWHERE)
    )
    texts = ["gift card", "send me a gift card", "a pic of the voucher", "send me pics", "money mule", ""]
    batch = Batch(searched_letters(letters(texts)), np.empty(0, dtype=np.int64), searched_letters(letters([])))
    assert patterns.find(batch).tolist() == [1, 2, 4]


def test_edges_of_words_are_where_no_letter_or_digit_is() -> None:
    codes = code_points("ab-c1" + TEXT_SEPARATOR + "d")
    begins, ends = (word_edges(codes, ord(TEXT_SEPARATOR)) & edge != 0 for edge in (BEGINS, ENDS))
    assert begins.tolist() == [True, False, False, True, False, False, True]
    assert ends.tolist() == [False, True, False, False, True, False, True]


def test_inside_long_words_every_letter_is_an_edge__fa_12() -> None:
    for length, expected in ((23, 2), (24, 24)):
        assert np.count_nonzero(word_edges(code_points("x" * length), ord(TEXT_SEPARATOR))) == expected


def test_what_everyday_messages_have_is_less_rare() -> None:
    assert rarity("you") < rarity("voucher") < rarity("verificationcode")
    assert rarity("今天") < rarity("验证码发我")
    assert is_as_written("bill")
    assert not is_as_written(skeleton("voucher"))


def test_lists_of_numbers_are_looked_up_for_many_keys() -> None:
    rows, values = Ragged([(0, 5), (2, 7), (2, 6)], keys=4).expand(np.array([2, 1, 0, 2]))
    assert (rows.tolist(), values.tolist()) == ([0, 0, 2, 3, 3], [6, 7, 5, 6, 7])
