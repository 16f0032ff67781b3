"""Text of a message as people see it: clients show HTML where there is some, and never what they quote as new."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.events.matrix_event import part, string
from schemas.validation import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

_HTML: Final = "org.matrix.custom.html"
_QUOTED_LINES: Final = re.compile(r"(?:> [^\n]*\n)+\n?")
_QUOTE_BEGIN, _QUOTE_END = "<mx-reply>", "</mx-reply>"
# Each takes time in proportion to the text, whatever it is: others than users of well-meant clients write it, too.
_TAG: Final = re.compile(r"<[^<>]*>")
_LINK: Final = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']?([^"'<>\s]*)""", re.IGNORECASE)
_WITHIN_A_WORD: Final = re.compile(r"</?(?:b|i|u|em|strong|del|s|span|font|code|sup|sub)(?:\s[^<>]*)?>", re.IGNORECASE)
_MENTION: Final = "https://matrix.to/"


def text_of(content: Mapping[str, Any]) -> str:
    """Return the text of a message: that of an edit, without what a reply quotes, and also what only its HTML shows."""
    relation = part(content, "m.relates_to")
    shown = part(content, "m.new_content") if relation.get("rel_type") == "m.replace" else {}
    shown = shown or content
    body = string(shown, "body") or ""
    if "m.in_reply_to" in relation:
        quoted = _QUOTED_LINES.match(body)
        body = body[quoted.end() :] if quoted else body
    formatted = string(shown, "formatted_body") if shown.get("format") == _HTML else None
    rich = "" if formatted is None else _visible(formatted)
    both = body if _words(rich) in ([], _words(body)) else f"{body}\n{rich}"
    return both[:MAX_TEXT]


def _visible(formatted: str) -> str:
    """Return the text of HTML, with the addresses that its links lead to."""
    before, begin, after = formatted.partition(_QUOTE_BEGIN)
    if begin and not before.strip():
        quoted, end, rest = after.partition(_QUOTE_END)
        formatted = rest if end else quoted
    plain = _TAG.sub(_shown, _WITHIN_A_WORD.sub("", formatted))
    return html.unescape(plain).strip()


def _shown(tag: re.Match[str]) -> str:
    link = _LINK.match(tag[0])
    return f" {link[1]} " if link and not link[1].startswith(_MENTION) else "\n"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
