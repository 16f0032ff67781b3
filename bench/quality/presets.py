"""What the presets of `kithward policy new` find: frauds, and harmless texts that are flagged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from jobs.policy.authoring.draft import Preset, write_draft
from jobs.policy.file import parse
from operators.policy.friendship_age import FRIENDSHIP_AGE
from operators.screening.screening import screen_message
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.quality.labelled import Line
    from operators.policy.model import Policy

_WIDTH: Final = 30


def preset_table(lines: Sequence[Line]) -> Iterator[str]:
    """Yield for each preset the share of texts that are hits, and of those that are hits and not mild."""
    columns = [_column(line) for line in lines]
    sizes = Counter(filter(None, columns))
    heads = (f"{name} ({sizes[name]:,})".rjust(_WIDTH) for name in sizes)
    yield f"{'hits; and hits that are not mild':34}" + "".join(heads)
    for preset in Preset:
        policy = parse(write_draft(preset, "", preset.document))
        found: Counter[tuple[str, bool]] = Counter()
        for line, column in zip(lines, columns, strict=True):
            found.update((column, is_mild) for is_mild in _hits(policy, line.text) if column)
        shares = ((found[name, True] / size, found[name, False] / size) for name, size in sizes.items())
        yield f"  {preset:32}" + "".join(f"{hit:.2%}; {firm:.2%}".rjust(_WIDTH) for hit, firm in shares)


def _column(line: Line) -> str:
    if line.label == "benign":
        return "everyday" if line.is_everyday else "about money and codes"
    return "frauds" if line.label == "scam" else ""


def _hits(policy: Policy, text: str) -> Iterator[bool]:
    """Yield True for a hit, and False besides for one that is not mild."""
    message = MessageSent(event_id="e", at_ms=0, sender_id="a", recipient_id="b", text=text)
    for finding in screen_message(message, (policy,)).findings:
        if finding.rule == FRIENDSHIP_AGE and finding.spans:
            yield True
            if not policy.friendship_age.are_mild(finding.spans):
                yield False
