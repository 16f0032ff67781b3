"""What does the screen find in real texts, and what does it cost? `python -m bench.screening [--data FILE]`.

FILE has a label (`ham` or `spam`), a tab and a text on every line, in UTF-8. Without it the SMS Spam Collection is read
where it lies beside the project. Costs are processor time of one process, the best of several runs.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import process_time

import numpy as np

from bench.texts import SMS, harmless, suspicious
from operators.packs import PACKS, load_pack
from operators.policy_screen import DETECTORS, LISTED_KEYWORDS, SHOPPING_HOSTS, Keyword, ScreenRules
from operators.screen import Screen, compile_rules
from operators.sieve import Sieve
from schemas.codec import encode
from schemas.records import MessageSent

LISTS = {"policy.yaml": tuple(Keyword(text, text) for text in LISTED_KEYWORDS)} | {p: load_pack(p) for p in PACKS}
RULES = ScreenRules(tuple(k for keywords in LISTS.values() for k in keywords), frozenset(DETECTORS), SHOPPING_HOSTS)
BATCH, BATCHES, RUNS = 10_000, 20, 3
SUSPICIOUS_SHARE = 0.03
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


def rows_of(file: Path) -> Iterator[tuple[str, str]]:
    """Yield label and text of every line."""
    for line in file.read_text("utf-8").splitlines():
        label, _, text = line.partition("\t")
        yield label, text


def parts_that_hit(screen: Screen, text: str) -> set[str]:
    """Return the detectors that hit; for keywords also the lists that have them."""
    spans = screen.find(text)
    lists = (f"keyword: {name}" for name, held in LISTS.items() if {k.id for k in held} & {s.keyword for s in spans})
    return {*(span.detector for span in spans), *lists, *(["any"] if spans else [])}


def show_found(screen: Screen, file: Path) -> None:
    """Print how many texts of each label are hit, by detector and list."""
    rows = list(rows_of(file))
    sizes = Counter(label for label, _ in rows)
    hits = Counter((label, part) for label, text in rows for part in parts_that_hit(screen, text))
    labels = sorted(sizes)
    print(f"{file.name:32}" + "".join(f"{label:>10} {sizes[label]:>6}" for label in labels))
    for part in ("any", *sorted(DETECTORS), *(f"keyword: {name}" for name in LISTS)):
        counts = (f"{hits[label, part]:>10} {hits[label, part] / sizes[label]:>6.1%}" for label in labels)
        print(f"  {part:30}" + "".join(counts))


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


def sifted(sieve: Sieve, values: Sequence[bytes], first: int) -> np.ndarray:
    """Sift one batch as the job's edge does. `first` is its place in the whole stream."""
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
    starts = ends - np.diff(ends, prepend=0)
    return sieve.sift(b"".join(values), starts, ends, np.arange(len(values)) + NOW + first)


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of processor time of the fastest run."""
    taken = []
    for _ in range(RUNS):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def show_sieve(screen: Screen, texts: Sequence[str], name: str) -> None:
    """Print how many messages a second one process sifts, and what the exact search of one suspect takes."""
    sieve, chance = Sieve((screen,)), random.Random(1)
    values = [message(chance, at, texts) for at in range(BATCH * BATCHES)]
    batches = [(values[at : at + BATCH], at) for at in range(0, len(values), BATCH)]
    kept = sum(len(sifted(sieve, *batch)) for batch in batches) / len(values)
    seconds = fastest(lambda: [sifted(sieve, *batch) for batch in batches])
    size = sum(map(len, values)) / len(values)
    print(f"  {name:10} {size:5.0f} bytes {len(values) / seconds:>10,.0f} messages/s, {kept:.1%} kept")


def show_exact(screen: Screen) -> None:
    """Print what the exact search of a suspicious text takes."""
    texts = suspicious() * 100
    seconds = fastest(lambda: [screen.find(text) for text in texts])
    print(f"  exact search of a suspect: {seconds / len(texts) * 1e6:.0f} µs")


def show_worst(screen: Screen, size: int) -> None:
    """Print how the time grows when a hostile text is doubled; 2 is linear."""
    for name, unit in WORST.items():
        short, long = (unit * (n // len(unit)) for n in (size, 2 * size))
        base = fastest(lambda text=short: screen.find(text))
        print(f"  {name:42} {base * 1e3:>8.0f} ms {fastest(lambda text=long: screen.find(text)) / base:>6.1f}")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description="what the screen finds, and what it costs")
    parser.add_argument("--data", type=Path, default=SMS, help="texts: label<TAB>text")
    parser.add_argument("--worst", type=int, default=32_768, help="code points of the shorter hostile text")
    options = parser.parse_args()
    screen = compile_rules(RULES)
    if options.data.exists():
        show_found(screen, options.data)
    print(f"\nsieve, {SUSPICIOUS_SHARE:.0%} suspicious, batches of {BATCH:,}")
    english = harmless()
    for name, texts in (("English", english), ("Chinese", CHAT), ("mixed", (*english, *CHAT * (len(english) // 8)))):
        show_sieve(screen, texts, name)
    show_exact(screen)
    print(f"\nhostile texts of {options.worst:,} code points, and growth when doubled")
    show_worst(screen, options.worst)


if __name__ == "__main__":
    main()
