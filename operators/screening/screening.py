"""Screening of a message by all policies: findings per rule and version, in a record without the text (C-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operators.decision import MAX_LISTED
from operators.screening.matcher import Found, Matcher, ScreenRules, compile_rules, sort_key
from operators.screening.regex import pattern_spans
from operators.screening.sized_cache import SizedCache
from schemas.records import Finding, MessageScreened, MessageSent, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy


_KEYWORD = "keyword"
_NOTHING: Final = Found((), 0)
COMPILED_AT_MOST: Final = 64 << 20
"""Bytes of compiled matchers that are kept; and again of prefilters. What is dropped is compiled again when needed."""
_IN_USE: Final = 6
"""Matchers in use at a time: those of a live policy and of one in shadow mode, of three sections each."""

_MATCHERS: Final = SizedCache(compile_rules, lambda matcher: matcher.size_bytes, COMPILED_AT_MOST, at_least=_IN_USE)


def matcher_of(rules: ScreenRules) -> Matcher:
    """Return the matcher of a policy's screening rules, from the cache or compiled."""
    return _MATCHERS.get(rules)


def matchers_of(policy: Policy) -> Iterator[Matcher]:
    """Yield the matchers of the enabled sections: a message that none of them hits matters to no section."""
    if _searches_pairs(policy):
        yield matcher_of(policy.friendship_age.screen)
    if policy.avatar_impersonation.enabled:
        yield matcher_of(policy.avatar_impersonation.screen)
    if policy.invite_forest.enabled:
        yield matcher_of(policy.invite_forest.condition.screen)


def _searches_pairs(policy: Policy) -> bool:
    """Return whether one-to-one messages are searched for what friendship-age finds suspicious (FA-6, ST-2)."""
    return policy.friendship_age.enabled or policy.strangers.enabled


def needs_all_groups(policy: Policy) -> bool:
    """Return whether a group message without any hit may matter (IF-19)."""
    forest = policy.invite_forest
    has_patterns = forest.enabled and bool(forest.condition.patterns)  # which no prefilter looks for
    return has_patterns or any(section.enabled and section.every_group_message for section in policy.sections)


def needs_all_pairs(policy: Policy) -> bool:
    """Return whether a one-to-one message without any hit may matter (AI-3)."""
    return any(section.enabled and section.every_pair_message for section in policy.sections)


def screen_message(message: MessageSent, policies: Sequence[Policy]) -> MessageScreened:
    """Return the message with the findings of each policy in place of its text (C-14)."""
    find = _find_in_group if message.recipient_id is None else _find_in_pair
    text = _ScannedText(message.text)
    return MessageScreened(
        event_id=message.event_id,
        at_ms=message.at_ms,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        group_id=message.group_id,
        screened=tuple(policy.version for policy in policies),
        findings=tuple(found for policy in policies for found in find(text, policy)),
    )


class _ScannedText:
    """A text with the spans of each matcher, which runs once however many policies share it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[Matcher, Found] = {}

    def search(self, rules: ScreenRules) -> Found:
        """Return what the matcher of these rules finds."""
        matcher = matcher_of(rules)
        if matcher not in self._found:
            self._found[matcher] = matcher.search(self.text)
        return self._found[matcher]


def _find_in_pair(text: _ScannedText, policy: Policy) -> Iterator[Finding]:
    """Yield what is found in a one-to-one message for each section that is enabled (FA-6, AI-2, AI-3).

    If it may lead to a stranger's block, that has a finding of its own, without spans: it says who is to be remembered.
    """
    age, avatar, strangers = policy.friendship_age, policy.avatar_impersonation, policy.strangers
    spans, score = text.search(age.screen) if _searches_pairs(policy) else _NOTHING
    hits: Sequence[Span] = ()
    if avatar.enabled:
        hits = _keyword_spans(spans) if _has_keywords_of(policy) else text.search(avatar.screen).spans
    for section in policy.sections:
        found = spans if section is age else hits if section is avatar else ()
        scored = score if section is age else 0
        may_block = section is strangers and strangers.blocks and (spans or score)
        if found or scored or may_block or (section.enabled and section.every_pair_message):
            yield limited_finding(policy.version, section.rules[0].name, found, scored)


def _has_keywords_of(policy: Policy) -> bool:
    """Return whether friendship-age's keyword spans are those that avatar-impersonation would find, too."""
    age, avatar = policy.friendship_age, policy.avatar_impersonation
    mine, theirs = avatar.screen.keywords, age.screen.keywords
    return _searches_pairs(policy) and _KEYWORD in age.screen.detectors and (mine is theirs or mine == theirs)


def _find_in_group(text: _ScannedText, policy: Policy) -> Iterator[Finding]:
    """Yield what is found in a group message for each section that is enabled (IF-19)."""
    forest = policy.invite_forest
    spans: Sequence[Span] = ()
    if forest.enabled:
        condition = forest.condition
        hits = (*text.search(condition.screen).spans, *pattern_spans(text.text, condition.patterns))
        spans = sorted(hits, key=sort_key)
    for section in policy.sections:
        found = spans if section is forest else ()
        if found or (section.enabled and section.every_group_message):
            yield limited_finding(policy.version, section.rules[0].name, found)


def _keyword_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.detector == _KEYWORD)


def limited_finding(version: str, rule: str, spans: Sequence[Span], score: int = 0) -> Finding:
    """Return a finding with at most `MAX_LISTED` spans, among them the first of every detector that hit."""
    if len(spans) <= MAX_LISTED:
        return Finding(version=version, rule=rule, spans=tuple(spans), score=score)
    firsts = {span.detector: span for span in reversed(spans)}.values()
    others = [span for span in spans[:MAX_LISTED] if span not in firsts]
    listed = sorted((*firsts, *others[: MAX_LISTED - len(firsts)]), key=sort_key)
    return Finding(version=version, rule=rule, spans=tuple(listed), span_count=len(spans), score=score)
