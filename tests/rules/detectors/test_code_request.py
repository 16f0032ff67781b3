"""Requests for a one-time code (FA-73)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.detectors.code_request import code_request
from operators.detectors.lexicon import Lexicon
from operators.text.views import Views

DETECTOR = code_request()
LEXICON = Lexicon("code_request.txt")
REQUESTS = {
    "en": "sorry, I put your number by mistake, you'll get a text with 6 numbers, can you forward it to me?",
    "zh": "把你手机上的验证码发我",
    "es": "Te va a llegar un código por SMS, pásamelo porfa",
    "pt": "vai chegar um código no seu celular, me manda por favor",
    "fr": "tu vas recevoir un code par sms, envoie-le-moi vite",
    "de": "du bekommst gleich einen Code aufs Handy, schick mir den bitte",
    "it": "ti è arrivato un codice per sbaglio, me lo mandi?",
    "id": "kode verifikasi nyasar ke hp kamu, tolong kirim ke aku ya",
    "hi": "आपके फोन पर छह अंकों का कोड आया है, भेज दो",
    "ar": "وصلك رمز التحقق بالغلط، ابعته لي",
    "ru": "тебе придёт код из смс, скинь мне",
    "vi": "mã xác nhận gửi nhầm về máy bạn, đọc cho mình nhé",
    "ja": "認証コードがそっちに届いたと思うから送って",
}


def found(text: str) -> list[str]:
    return [text[start:end] for start, end, _ in DETECTOR.find(Views(text))]


def test_every_language_has_an_example__fa_73() -> None:
    assert REQUESTS.keys() == LEXICON.languages


@pytest.mark.parametrize("language", REQUESTS)
def test_a_request_for_a_code_is_found__fa_73(language: str) -> None:
    assert len(found(REQUESTS[language])) == 1


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("hi, forward me the 6 numbers please", "forward me the 6 numbers"),
        ("pls SEND ME the code that you just got.", "pls SEND ME the code that you just got"),
        ("Six digits came to your phone - what's the number?", "Six digits came to your phone - what's the"),
        ("mandame el codigo de verificacion", "mandame el codigo de verificacion"),
        ("bhai otp aaya hoga tere phone pe, bata de", None),
        ("kode 6 digit masuk ke nomormu, kirimin dong", None),
    ],
)
def test_the_order_does_not_matter__fa_73(text: str, span: str | None) -> None:
    assert len(found(text)) == 1
    assert span is None or found(text) == [span]


@pytest.mark.parametrize(
    "text",
    [
        "your code is 123456, do not share it",
        "never send the code to anybody",
        "don't forward the verification code",
        "did you get the code?",
        "did you send me the verification code?",
        "send me the code for the gate",
        "bring me six numbered chairs",
        "your verification code is 123456",
        "the verification code never arrives, " + "so annoying " * 12 + "tell me a joke",
        "【某银行】验证码123456，请勿告诉他人",
        "千万不要把验证码告诉别人",
        "Код: 1234. Никому не сообщайте код из смс",
        "El código de verificación es 1234. No lo compartas con nadie",
        "認証コードは123456です。誰にも教えないでください",
        "resend memo to the encoder",
    ],
)
def test_other_talk_of_codes_is_no_request__fa_73(text: str) -> None:
    assert found(text) == []


@given(st.lists(st.sampled_from(sorted(LEXICON.roles)), min_size=1, max_size=5))
def test_a_hit_has_what_the_prefilter_looks_for__fa_73(phrases: list[str]) -> None:
    text = " ".join(phrases)
    if found(text):
        folded = Views(text).accentless.text
        looked = DETECTOR.look.combinations
        assert any(all(any(phrase in folded for phrase in part) for part in parts) for parts in looked)


def test_phrases_are_not_empty_and_stand_once__fa_73() -> None:
    assert all(LEXICON.roles)
    assert {phrase: roles for phrase, roles in LEXICON.roles.items() if len(set(roles)) < len(roles)} == {}
