"""Copies of frauds in Chinese as people write them who hide: with characters that sound alike, or in Latin letters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from operators.text.lookalikes import homophones

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPELLED: Final = {
    "微信": ("weixin", "vx", "wx", "威信"),
    "贷款": ("daikuan", "dai款", "袋款"),
    "转账": ("zhuanzhang", "zhuan账", "转zhang"),
    "验证码": ("yanzhengma", "yzm", "验证ma"),
    "付款": ("fukuan", "fu款"),
    "汇款": ("huikuan", "hui款"),
    "刷单": ("shuadan", "刷dan"),
    "兼职": ("jianzhi", "兼zhi"),
    "银行卡": ("yinhangka", "银hang卡", "yhk"),
    "信用卡": ("xinyongka", "信yong卡", "xyk"),
    "支付宝": ("zhifubao", "zfb", "支付bao"),
    "密码": ("mima", "mi码"),
    "红包": ("hongbao", "hong包"),
    "投资": ("touzi", "tou资"),
    "赚": ("zhuan", "挣米"),
    "钱": ("qian", "米"),
    "群": ("qun", "裙"),
    "加": ("jia", "伽", "+"),
    "借": ("jie", "戒"),
}
"""Words of frauds, in pinyin, its initials, or slang."""


def disguised(text: str) -> Iterator[str]:
    """Yield a text with homophones, and with words in Latin letters, where it has such characters."""
    which = sum(map(ord, text))
    sounds = text.translate({code: chars[which % len(chars)] for code, chars in _written().items()})
    spelled = text
    for word, spellings in _SPELLED.items():
        spelled = spelled.replace(word, spellings[which % len(spellings)])
    yield from dict.fromkeys(copy for copy in (sounds, spelled) if copy != text)


@cache
def _written() -> dict[int, str]:
    """Return the characters that are written for each one (code points)."""
    written: dict[int, str] = {}
    for code, meant in homophones().items():
        written[ord(meant)] = written.get(ord(meant), "") + chr(code)
    return written
