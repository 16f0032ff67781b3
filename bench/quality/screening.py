"""Hit rates of the screen in real texts, and its cost.

Texts are lines of a label (`ham` or `spam`), a tab and a text, in UTF-8: the SMS Spam Collection, where it lies beside
the project, or a file of your own. Costs are processor time of one process, the best of several runs.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.quality.found import disguise_lines, false_alarm_table, recall_table
from bench.quality.labelled import lines, not_learned_from
from bench.quality.presets import preset_table
from bench.quality.texts import SMS, harmless, suspicious
from bench.report import at_least, at_most
from operators.policy.keywords import DETECTORS, LISTED_KEYWORDS, PACKS, SHOPPING_HOSTS, Keyword, ScreenRules, load_pack
from operators.screening.matcher import Matcher, compile_rules
from operators.screening.prefilter import Prefilter
from schemas.codec import encode
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.quality.labelled import Line

LISTS = {"policy.yaml": tuple(Keyword(text, text) for text in LISTED_KEYWORDS)} | {p: load_pack(p) for p in PACKS}
RULES = ScreenRules(tuple(k for keywords in LISTS.values() for k in keywords), frozenset(DETECTORS), SHOPPING_HOSTS)
BATCH, RUNS = 10_000, 3
SUSPICIOUS_SHARE = 0.03
ANY, HARMLESS = "any", "ham"
FLAGGED: Final = 0.01
GROWTH: Final = 2.5
"""Target: the most that the time may grow for a hostile text of twice the length: linear is 2, quadratic 4."""
TIMES_EXACT: Final = 5
NOW = 1_700_000_000_000
CHAT = (
    "晚上一起吃饭吗？我订了七点的位子",
    "我刚下地铁，再等我五分钟",
    "明天几点出发，要不要带伞",
    "哈哈哈哈笑死我了😂",
    "作业写完了没有，老师明天要检查",
    "周末去爬山吧，天气预报说不下雨～",
    "好的，收到，谢谢！",
    "妈妈問你什麼時候回家，她包了餃子",
)
WORST = {
    "marks on one letter": "\u0323\u0301",
    "marks in classes that have to be sorted": "a" + "\u0301\u0323" * 8,
    "single digits with spaces": "1 ",
    "one long number": "1",
    "dots": ".",
    "hosts below hosts": "jd.com.",
    "letters": "x",
    "the keyword 付款": "付款",
    "ligatures": "\ufb03",
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Labelled texts at most, file of texts, number of batches, code points of hostile texts."""

    texts: int = 1_000_000
    data: Path = SMS
    batches: int = 20
    worst: int = 32_768


QUICK: Final = Sizes(texts=150, batches=1, worst=2_048)


def spread(texts: Sequence[Line], most: int) -> Sequence[Line]:
    """Return at most so many of some texts, from all over them."""
    return texts[:: -(-len(texts) // most)] if texts else texts


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure everything."""
    screen = compile_rules(RULES)
    labelled = spread(list(lines()), sizes.texts)
    say(f"searching {len(labelled):,} labelled texts")
    yield from recall_table(not_learned_from(labelled))
    yield from false_alarm_table(not_learned_from(labelled))
    say("searching them by each preset of a policy")
    yield from preset_table(not_learned_from(labelled))
    say("searching frauds in disguise")
    yield from disguise_lines(labelled)
    if sizes.data.exists():
        say(f"searching {sizes.data.name}")
        yield from hit_rates(screen, sizes.data)
    say(f"prefiltering, {SUSPICIOUS_SHARE:.0%} suspicious, in batches of {BATCH:,}")
    yield from prefilter_rates(screen, sizes.batches)
    say(f"searching hostile texts of {sizes.worst:,} code points, and of twice as many")
    yield from hostile_texts(screen, sizes.worst)


def hit_rates(screen: Matcher, file: Path) -> Iterator[str]:
    """Yield the table of hit texts of each label, by detector and keyword list."""
    rows = list(read_rows(file))
    sizes = Counter(label for label, _ in rows)
    hits = Counter((label, part) for label, text in rows for part in parts_that_hit(screen, text))
    labels = sorted(sizes)
    yield f"{file.name:32}" + "".join(f"{label:>10} {sizes[label]:>6}" for label in labels)
    for part in (ANY, *sorted(DETECTORS), *(f"keyword: {name}" for name in LISTS)):
        counts = (f"{hits[label, part]:>10} {hits[label, part] / sizes[label]:>6.1%}" for label in labels)
        yield f"  {part:30}" + "".join(counts)
    if HARMLESS in sizes:
        yield at_most("of harmless texts are flagged:", hits[HARMLESS, ANY] / sizes[HARMLESS], FLAGGED, ".1%")


def read_rows(file: Path) -> Iterator[tuple[str, str]]:
    """Yield label and text of every line."""
    for line in file.read_text("utf-8").splitlines():
        label, _, text = line.partition("\t")
        yield label, text


def parts_that_hit(screen: Matcher, text: str) -> set[str]:
    """Return the detectors with a hit; for keywords also the lists that contain them."""
    spans = screen.find(text)
    lists = (f"keyword: {name}" for name, held in LISTS.items() if {k.id for k in held} & {s.keyword for s in spans})
    return {*(span.detector for span in spans), *lists, *([ANY] if spans else [])}


def prefilter_rates(screen: Matcher, batches: int) -> Iterator[str]:
    """Yield the messages a second that one process prefilters, and the ratio to an exact search."""
    english, exact_s = harmless(), exact_search_s(screen)
    yield f"exact search of a suspect: {exact_s * 1e6:.0f} us"
    for name, texts in (("English", english), ("Chinese", CHAT), ("mixed", (*english, *CHAT * (len(english) // 8)))):
        chance, sieve = random.Random(1), Prefilter((screen,))
        sent = [[message(chance, number, texts) for number in batch] for batch in _numbers(batches)]
        kept = sum(len(run_prefilter(sieve, values, at * BATCH)) for at, values in enumerate(sent)) / (batches * BATCH)
        spent_s = fastest(lambda s=sieve, b=sent: [run_prefilter(s, values, at * BATCH) for at, values in enumerate(b)])
        each_s = spent_s / (batches * BATCH)
        yield f"prefilter, {name}: {1 / each_s:,.0f} messages/s, {kept:.1%} kept"
        yield at_least(f"times as many as exactly, {name}:", exact_s / each_s, TIMES_EXACT, ".1f")


def message(chance: random.Random, at: int, texts: Sequence[str]) -> bytes:
    """Return an encoded message with one of the texts, of about 85 bytes."""
    pool = suspicious() if chance.random() < SUSPICIOUS_SHARE else texts
    return encode(
        MessageSent(
            event_id=f"e{at:07}",
            at_ms=NOW + at,
            sender_id=f"u{chance.randrange(10**6)}",
            recipient_id=f"v{chance.randrange(10**6)}",
            text=chance.choice(pool),
        )
    )


def run_prefilter(sieve: Prefilter, values: Sequence[bytes], first: int) -> np.ndarray:
    """Return the candidates of one batch, as in the ingress of the job. `first` is its index in the stream."""
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
    starts = ends - np.diff(ends, prepend=0)
    return sieve.candidates(b"".join(values), starts, ends, np.arange(len(values)) + NOW + first)


def exact_search_s(screen: Matcher) -> float:
    """Return the seconds of an exact search of a suspicious text."""
    texts = suspicious() * 100
    return fastest(lambda: [screen.find(text) for text in texts]) / len(texts)


def hostile_texts(screen: Matcher, size: int) -> Iterator[str]:
    """Yield the growth of the time when a hostile text is doubled."""
    for name, unit in WORST.items():
        short, long = (unit * (n // len(unit)) for n in (size, 2 * size))
        short_s, long_s = (fastest(lambda text=text: screen.find(text)) for text in (short, long))
        yield at_most(f"{name}, {short_s * 1e3:.0f} ms, and twice as much: x", long_s / short_s, GROWTH, ".1f")


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of processor time of the fastest run."""
    taken = []
    for _ in range(RUNS):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def _numbers(batches: int) -> Iterator[range]:
    return (range(at * BATCH, (at + 1) * BATCH) for at in range(batches))
