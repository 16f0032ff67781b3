"""Training of the recogniser: the same lines give the same bytes, on every machine."""

from __future__ import annotations

from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bench.recogniser import __main__ as command
from bench.recogniser.calibration import calibrate
from bench.recogniser.learning import Plan
from bench.recogniser.lines import CORPUS, Line, all_lines, families, held_out
from bench.recogniser.training import train
from bench.recogniser.triggers import Form, choose
from operators.policy.keywords import FALSE_ALARMS
from operators.recogniser import model as shipped
from operators.recogniser.model import Levels
from operators.recogniser.recogniser import Recogniser
from operators.recogniser.scripts import Script

FRAUD = ("lend me {} gold until {}", "send {} gold to my new account {}", "I need {} gold today, {}, please")
HARD = ("the {} gold ring looks nice {}", "we paid {} gold for dinner {}")
EVERYDAY = ("see you at {} {}", "happy birthday {} {}", "{} rain here {}")
AMOUNTS = ("two", "nine", "some", "much", "little", "no")
ENDS = ("tomorrow", "friend", "I promise", "at once", "on Monday", "or never")
PLAN = Plan(passes=6, rarest=1)


def lines() -> list[Line]:
    labelled = (
        *(("scam", "loan-request", text) for text in FRAUD),
        *(("benign", "money", text) for text in HARD),
        *(("benign", "smalltalk", text) for text in EVERYDAY),
    )
    return [
        Line("corpus", label, "en", kind, text.format(amount, end))
        for (label, kind, text), amount, end in product(labelled, AMOUNTS, ENDS)
    ]


def test_a_part_gives_the_same_bytes_every_time__fa_79() -> None:
    model = train(lines(), PLAN)
    assert sha256(model.weights.tobytes()).hexdigest()[:16] == "030079b3351971f8"
    assert model.levels == {Script.LATIN: Levels(-2567, (28531, 28531, 27473, 23590, 18924, 7703))}
    assert model.triggers == ("dme", "dto", "goi", "goid", "oid")


def test_what_was_learned_tells_fraud_from_talk() -> None:
    held = [line for line, out in zip(lines(), held_out([line.text for line in lines()]), strict=True) if out]
    found = Recogniser(train(lines(), PLAN))
    said = found.read_all([line.text for line in held])
    assert {line.label for line in held} == {"scam", "benign"}
    assert [line.is_harmless for line in held] == (~said).tolist()


def test_a_model_is_written_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path.parent)
    model = train(lines(), PLAN)
    command.write(model)
    tmp_path.rename(tmp_path.parent / "model")
    read = shipped.shipped_model.__wrapped__()
    assert (read.version, read.levels, read.triggers) == (model.version, model.levels, model.triggers)
    assert np.array_equal(read.weights, model.weights)


def test_a_threshold_is_reached_by_the_share_that_it_says() -> None:
    chat, hard = np.arange(20_000), np.arange(5_000, 6_000)
    levels = calibrate(chat, hard)
    for rate, threshold in zip(FALSE_ALARMS, levels.thresholds, strict=True):
        assert (chat >= threshold).sum() <= len(chat) * rate / 10_000
    assert list(levels.thresholds) == sorted(levels.thresholds, reverse=True)
    few = calibrate(chat[-100:], hard)
    assert few.thresholds[0] < levels.thresholds[0], "of a hundred chat messages the highest says nothing"


def test_triggers_cover_frauds_and_spare_talk() -> None:
    frauds = [f"sendgold{end}" for end in ENDS] + [f"lendgold{end}" for end in ENDS]
    chosen = choose(frauds, ["goodmorning", "goldfish", "spender"] * 20, Form(4, 8, of_ascii=True))
    assert all(any(trigger in fraud for trigger in chosen) for fraud in frauds)
    assert not any(trigger in "goodmorning" for trigger in chosen)


def test_near_copies_are_held_out_together() -> None:
    texts = [f"could you lend me fifty pounds until I get paid on Friday {end}" for end in ENDS]
    assert len(set(families(texts).tolist())) <= 3


def test_the_corpus_is_well_formed() -> None:
    found = all_lines(CORPUS)
    assert len(found) > 15_000
    own = [line for line in found if line.source == "corpus"]
    assert {line.label for line in own} == {"scam", "benign"}
    for language in ["ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "pt", "ru", "vi", "zh"]:
        labels = [line.label for line in own if line.language == language]
        assert labels.count("benign") > labels.count("scam") > 100
    assert not [line for line in own if line.text != line.text.strip() or "\t" in line.text]
