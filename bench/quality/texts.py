"""Texts of benchmark messages: harmless and suspicious under the default policy.

The harmless ones are the ham of the SMS Spam Collection where it lies beside the project, else sentences of our own.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT
from operators.policy.model import Policy
from operators.screening.screening import matcher_of

if TYPE_CHECKING:
    from collections.abc import Iterable

SMS: Final = ROOT.parent / "shared" / "data" / "sms.tsv"
LONGEST: Final = 60  # bytes; with it a message is about 85 bytes long, as measured elsewhere

_OPENINGS: Final = ("", "ok ", "Hey, ", "well ", "so ", "haha ", "Sorry, ", "Yes! ", "hmm ", "by the way ")
_ENGLISH: Final = (
    "I'm on the bus, see you in ten",
    "did you eat already?",
    "the match starts at eight",
    "can't find my other shoe",
    "mum says hello",
    "it rains again here",
    "are you coming on Saturday?",
    "call me when you are awake",
    "the cat sat on my homework",
    "I'll bring the blue chairs",
    "that film was so long",
    "left the keys with the neighbour",
    "good night and sleep well",
    "what was her name again",
    "we are in the second row",
    "no idea, ask Tom",
    "my phone is nearly empty",
    "the soup needs more salt",
)
_ADDRESSES: Final = ("", "嗯，", "哈哈", "对了，", "好的，", "那个")
_CHINESE: Final = (
    "晚上一起吃饭吗",
    "我刚下地铁",
    "明天几点出发",
    "外面下雨了，记得带伞",
    "作业写完了没有",
    "周末去爬山吧",
    "你妈妈做的饺子真好吃",
    "电影八点开始",
    "我先睡了，晚安",
    "照片拍得不错",
    "等我五分钟",
    "老师说下周考试",
)
_SUSPICIOUS: Final = (
    "please make the payment today",
    "I can get you an unsecured loan",
    "send me a gift card, I pay you back",
    "what is the verification code you got?",
    "pay-ment first, then I ship it",
    "帮我付款一下好吗",
    "急用钱，转账给我",
    "刷单一天三百",
    "无抵押贷款，马上到账",
    "把验证码发给我",
)


def harmless() -> tuple[str, ...]:
    """Return texts without a hit under the default policy."""
    written = _collected() if SMS.exists() else _our_own()
    screen = matcher_of(Policy().friendship_age.screen)
    return tuple(text for text in written if 0 < len(text.encode()) <= LONGEST and not screen.find(text))


def suspicious() -> tuple[str, ...]:
    """Return texts with a hit under the default policy."""
    return _SUSPICIOUS


def origin() -> str:
    """Return the source of the harmless texts, in a few words."""
    return "SMS Spam Collection (ham)" if SMS.exists() else "sentences of our own, English and Chinese"


def _collected() -> Iterable[str]:
    lines = (line.split("\t", 1) for line in SMS.read_text("utf-8").splitlines())
    return (text for label, text in lines if label == "ham")


def _our_own() -> Iterable[str]:
    return ("".join(parts) for parts in (*product(_OPENINGS, _ENGLISH), *product(_ADDRESSES, _CHINESE)))
