"""What the default policy finds: by language and kind of fraud, in disguise, and in texts without any harm."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from bench.quality.disguises import DISGUISES
from bench.report import at_least
from operators.policy.model import Policy
from operators.screening.screening import screen_message
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.quality.labelled import Line

DISGUISED: Final = 250
"""Frauds of a language that are disguised, of those that are found plainly."""
LANGUAGES: Final = ("en", "zh")
STILL_FOUND: Final = 0.95
_WITHOUT_TARGET: Final = frozenset({"homophones"})
_ALL: Final = "all"
_PER: Final = 10_000


def is_found(text: str) -> bool:
    """Return whether the default policy finds something in a message between friends, mildly or not."""
    message = MessageSent(event_id="e", at_ms=0, sender_id="a", recipient_id="b", text=text)
    return any(finding.spans for finding in screen_message(message, (Policy(),)).findings)


def recall_table(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the share of frauds that are found, by kind and language; the number of texts stands last."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for line in lines:
        if line.label == "scam":
            hit = is_found(line.text)
            for kind in (line.kind, _ALL):
                for language in (line.language, _ALL):
                    found[kind, language].append(hit)
    languages = [*sorted({language for _, language in found} - {_ALL}), _ALL]
    yield f"{'frauds found, %':22}" + "".join(f"{language:>5}" for language in languages) + f"{'texts':>8}"
    for kind in [*sorted({kind for kind, _ in found} - {_ALL}), _ALL]:
        shares = (_percent(found.get((kind, language), ())) for language in languages)
        yield f"  {kind:20}" + "".join(shares) + f"{len(found[kind, _ALL]):>8,}"


def _percent(hits: Sequence[bool]) -> str:
    return f"{100 * sum(hits) / len(hits):>5.0f}" if hits else f"{'-':>5}"


def false_alarm_table(lines: Iterable[Line]) -> Iterator[str]:
    """Yield how many harmless texts of each source and language are flagged, and how many of 10,000 that are."""
    sizes: Counter[tuple[str, str]] = Counter()
    flagged: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line.label == "benign":
            group = ("everyday" if line.is_everyday else "about money and codes"), line.language
            sizes[group] += 1
            flagged[group] += is_found(line.text)
    yield f"{'harmless texts flagged':30}{'texts':>8}{'flagged':>9}{'per 10,000':>12}"
    for group in sorted(sizes):
        share = flagged[group] / sizes[group] * _PER
        yield f"  {group[0]:23} {group[1]:4}{sizes[group]:>8,}{flagged[group]:>9,}{share:>12,.0f}"


def disguise_lines(lines: Iterable[Line]) -> Iterator[str]:
    """Yield for each disguise the share of frauds found plainly that are found in it, of those that it changes."""
    listed = list(lines)
    for language in LANGUAGES:
        texts = [line.text for line in listed if line.label == "scam" and line.language == language]
        plain = [text for text in texts if is_found(text)][:DISGUISED]
        if plain:
            yield f"{len(plain)} frauds in {language} that are found plainly, in disguise:"
            for name, disguise in DISGUISES.items():
                changed = [text for text in map(disguise, plain) if text not in plain]
                if changed:
                    share, told = sum(map(is_found, changed)) / len(changed), f"{name}, {len(changed)} changed:"
                    verdict = at_least(told, share, STILL_FOUND, ".1%")
                    yield f"       {told} {share:.1%}" if name in _WITHOUT_TARGET else verdict
