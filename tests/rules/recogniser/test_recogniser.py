"""What the recogniser says of texts: alone and in batches, by script, with its stretches and its score."""

from __future__ import annotations

import json
import unicodedata
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.policy.file import parse
from operators.policy.keywords import FALSE_ALARMS, ScreenRules
from operators.policy.model import Policy
from operators.recogniser.grams import BUCKETS, buckets
from operators.recogniser.model import AT_THRESHOLD, FLOOR, MOST, Levels, Model, shipped_model
from operators.recogniser.recogniser import Reading, Recogniser
from operators.recogniser.scripts import Script
from operators.recogniser.symbols import read
from operators.recogniser.undisguised import undisguised
from operators.recogniser.words import Words
from operators.screening.matcher import Matcher
from operators.screening.prefilter import Prefilter
from operators.screening.screening import screen_message
from operators.text.skeleton import skeleton
from operators.text.views import Views
from schemas.records import MessageSent
from tests.rules.screening.texts import TEXTS

LEVELS = Levels(floor=1_000, thresholds=(200_000, 80_000, 70_000, 60_000, 50_000, 40_000))
SEMANTIC = ScreenRules((), frozenset({"semantic"}), ())


def weights_for(*texts: str) -> np.ndarray:
    """Return weights of a model that likes these texts, and nothing else."""
    weights = np.zeros(BUCKETS, dtype=np.int8)
    for text in texts:
        for found in islice(buckets(read([text]).codes), 1, None):
            weights[found] = 8
    for blank in buckets(read([""]).codes):
        weights[blank] = 0
    return weights


MODEL = Model(
    version=7,
    weights=weights_for("lend me gold", "借我金子", "gold"),
    levels={Script.LATIN: LEVELS, Script.HAN: Levels(1_000, (60_000, 30_000, 20_000, 15_000, 12_000, 10_000))},
    triggers=("gold", "lend", "借", "金子"),
    words=("me", "lend", "gold", "and", "a", "today", "ring", "well", "hello", "please"),
)


def reading(text: str) -> Reading | None:
    return Recogniser(MODEL).reading(Views(text))


def matcher(rules: ScreenRules = SEMANTIC) -> Matcher:
    found = Matcher(rules)
    found.recogniser = Recogniser(MODEL)
    return found


WRITTEN = ("lend me gold", "Lend me GÓLD today", "借我金子吧", "gold", "a gold\U0010ffff ring")
DISGUISED = (
    *(
        "lеnd mе gоld",
        "ʟᴇɴᴅ ᴍᴇ ɢᴏʟᴅ",
        "l3nd m3 g0ld",
        "lend me g0ld, lend m3 gold",
        "l$nd me g@ld",
        "lllend meee goold",
    ),
    *("lleenndd me ggoolldd", "lendmegold", "lend mego ld", "l e n d m e g o l d", "l.e.n.d. .m.e. .g.o.l.d."),
)
PHRASES = TEXTS | st.sampled_from([*WRITTEN, *DISGUISED, "\u202edlog em dnel\u202c"])


ASCII_PHRASES = st.lists(
    st.sampled_from(["lend", "me", "gold", "g0ld", "l3nd", "g@ld", "go", "ld", "$", "!", "|", "+", " ", "", "ggold"]),
    max_size=8,
).map("".join)


@given(st.lists(PHRASES | ASCII_PHRASES, min_size=1, max_size=6))
def test_a_text_is_read_the_same_alone_and_behind_the_prefilter__fa_79_fa_80(texts: list[str]) -> None:
    screen = matcher()
    Prefilter((screen,)).candidate_texts([text.encode() for text in texts])
    assert [screen.recogniser.reading(Views(text)) for text in texts] == [reading(text) for text in texts]


@given(st.lists(PHRASES, min_size=1, max_size=6))
def test_the_prefilter_keeps_what_the_recogniser_reports__fa_80(texts: list[str]) -> None:
    screen = matcher()
    kept = set(Prefilter((screen,)).candidate_texts([text.encode() for text in texts]).tolist())
    assert {place for place, text in enumerate(texts) if screen.search(text).score} <= kept


def test_what_is_remembered_is_bounded_and_changes_nothing__fa_79(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.recogniser.recogniser._REMEMBERED", 20)
    small = Recogniser(MODEL)
    texts = [f"lend me gold {number}" for number in range(9)]
    small.read_all(texts)
    assert [small.reading(Views(text)) for text in texts] == [reading(text) for text in texts]
    assert small._remembered < 20 + len(texts[0]) * 2


def test_a_text_without_two_triggers_is_not_read__fa_80() -> None:
    assert reading("lend me silver") is None
    assert reading("lend me gold") is not None
    assert reading("gold and gold") is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("LEND me góld", "lend me gold"),
        ("lend  me\ngold!!", "lend me gold"),
        ("lend me gold 12", "lend me gold 97"),
        ("借 我 金 子", "借我金子"),
        ("借我金子，", "借我金子"),
    ],
)
def test_case_accents_digits_and_spaces_make_no_difference__fa_80(text: str, same: str) -> None:
    one, other = reading(text), reading(same)
    assert one is not None
    assert other is not None
    assert abs(one.level - other.level) <= abs(other.level) // 10


@pytest.mark.parametrize("disguised", sorted({*DISGUISED} - {"l$nd me g@ld"}))
def test_disguises_of_letters_and_spaces_are_seen_through__fa_96(disguised: str) -> None:
    found, plain = reading(disguised), reading("lend me gold")
    assert plain is not None
    assert found is not None
    assert found.script == Script.LATIN
    assert found.level >= plain.level * 3 // 4


def test_spans_of_a_disguised_text_are_of_the_original__fa_96() -> None:
    text = "Well hello. Pleeease l3nd m3 g0ld, l3nd"
    (span,) = matcher().find(text)
    assert text[span.start : span.end] == "l3nd m3 g0ld, l3nd"
    turned = "ok \u202edlog em dnel\u202c ok"
    (span,) = matcher().find(turned)
    assert "dlog em dnel" in turned[span.start : span.end]


@pytest.mark.parametrize(
    "text", ["see you at 4pm by the 3rd gate", "www.a1b2.example/x9", "sooo good", "дай мне золота", "借我金子", ""]
)
def test_what_is_no_disguise_is_read_as_written__fa_96(text: str) -> None:
    words = Words(("see", "you", "at", "by", "the", "gate", "so", "good", "www", "example"))
    found = undisguised(text, words)
    assert found is None or found.text == "so good"


@given(TEXTS)
def test_a_second_reading_has_a_place_for_every_letter__fa_96(text: str) -> None:
    found = undisguised(text, Words(MODEL.words))
    if found is not None:
        assert len(found.text) == len(found.places)
        assert list(found.places) == sorted(found.places)
        assert all(0 <= place < len(text) for place in found.places)


def test_a_character_that_is_read_as_several_has_a_place_for_each__fa_96() -> None:
    several = [char for char in map(chr, range(0x110000)) if len(unicodedata.normalize("NFKC", char)) > 1]
    assert "\u2026" in several
    for char in several:
        text = f"g0ld {char} l3nd gold lend gold lend"
        found = undisguised(text, Words(MODEL.words))
        assert found is not None
        assert len(found.text) == len(found.places)
        assert found.text.startswith("gold ")
        assert text[found.places[-1]] == "d"


def test_signs_between_chinese_characters_are_seen_through__fa_96() -> None:
    found = undisguised("借.我.一.点.金.子.吧", Words(()))
    assert found is not None
    assert found.text == "借我一点金子吧"


def test_words_are_known_in_other_spellings__fa_96() -> None:
    words = Words(("the", "code", "send", "me"))
    assert words.split("sendmethexcode") == ["send", "me", "the", "x", "code"]
    assert words.best("cod", "code") == "code"
    assert undisguised("corn the (rnessage)!", Words(("the", "message"))) == (
        "corn the (message)!",
        [*range(11), *range(12, 20)],
    )
    assert "cod" not in words


def test_a_script_that_was_not_learned_has_no_finding__fa_81() -> None:
    assert reading("gold lend") is not None
    assert reading("gold lend αβγδεζηθικλμνξοπρσ абвгдежзиклмн") is None


def test_a_higher_rate_of_false_alarms_never_finds_less__fa_81() -> None:
    for levels in (LEVELS, *shipped_model().levels.values()):
        assert list(levels.thresholds) == sorted(levels.thresholds, reverse=True)
        assert levels.floor < levels.thresholds[-1]
        for level in (levels.floor, *levels.thresholds, levels.thresholds[0] + 1):
            scores = [levels.score(level, rate) for rate in FALSE_ALARMS]
            assert scores == sorted(scores)


def test_the_score_is_1000_at_the_threshold_and_400_at_the_floor__fa_83() -> None:
    for levels in (LEVELS, *shipped_model().levels.values()):
        for rate, threshold in zip(FALSE_ALARMS, levels.thresholds, strict=True):
            assert levels.score(threshold, rate) == AT_THRESHOLD
            assert levels.score(threshold - 1, rate) < AT_THRESHOLD
            assert levels.score(levels.floor, rate) == FLOOR
            assert levels.score(1 << 60, rate) == MOST


def test_a_hit_has_spans_of_what_counted__fa_82() -> None:
    text = "Well hello, would you please lend me gold? Bring it along"
    spans = matcher().find(text)
    assert [(span.detector, span.keyword) for span in spans] == [("semantic", "semantic-7")]
    assert text[spans[0].start : spans[0].end] == "lend me gold"
    (han,) = matcher().find("你好呀，今天借我金子好不好")
    assert (han.start, han.end) == (6, 10)


@given(TEXTS, st.lists(st.sampled_from(["lend me gold", "金子", "gold", "x"]), max_size=5))
def test_spans_are_at_most_three_and_apart__fa_82(text: str, more: list[str]) -> None:
    whole = " 中 and so on ".join([text, *more])
    found = matcher().find(whole)
    assert len(found) <= 3
    assert all(0 <= span.start < span.end <= len(whole) for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_weak_sign_is_a_finding_without_spans__fa_83(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = Model(7, MODEL.weights, {Script.LATIN: Levels(1, (1 << 40,) * len(FALSE_ALARMS))}, MODEL.triggers, ())
    screen = Matcher(Policy().friendship_age.screen)
    screen.recogniser = Recogniser(weak)
    monkeypatch.setattr("operators.screening.screening.matcher_of", lambda _: screen)
    message = MessageSent(event_id="e", at_ms=1, sender_id="a", recipient_id="b", text="lend me gold")
    (finding,) = screen_message(message, (Policy(),)).findings
    assert (finding.rule, finding.spans, finding.score) == ("friendship-age", (), FLOOR)


def test_the_rate_is_part_of_the_policy__fa_81() -> None:
    strict = parse(json.dumps({"version": "v", "friendship_age": {"semantic": {"false_alarms_per_10000": 1}}}))
    assert strict.friendship_age.screen.false_alarms == 1
    text = "please lend me gold"
    level = reading(text)
    assert level is not None
    assert LEVELS.score(level.level, 1) < LEVELS.score(level.level, 50)


def test_it_is_mild_by_default__fa_15() -> None:
    assert "semantic" in Policy().friendship_age.mild_detectors
    assert "semantic" in Policy().friendship_age.screen.detectors


def test_the_model_that_ships_is_small_and_whole() -> None:
    model = shipped_model()
    assert model.weights.nbytes == BUCKETS
    assert model.weights.nbytes + len("".join((*model.triggers, *model.words)).encode()) <= 1_000_000
    assert set(model.levels) == set(Script) - {Script.NONE}
    assert all(skeleton(trigger) == trigger for trigger in model.triggers)
