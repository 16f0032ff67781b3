"""What a host itself remembers beside every operator's states: events that wait, alarms, events already judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.codecs import MARK, NUMBER
from state.spec import Codec, MapSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH = 4  # bytes that say how long a payload is


def _join(payloads: Sequence[bytes]) -> bytes:
    return b"".join(len(payload).to_bytes(_LENGTH, "big") + payload for payload in payloads)


def _split(raw: bytes) -> Sequence[bytes]:
    payloads, at = [], 0
    while at < len(raw):
        end = at + _LENGTH + int.from_bytes(raw[at : at + _LENGTH], "big")
        payloads.append(raw[at + _LENGTH : end])
        at = end
    return payloads


_PAYLOADS: Codec[Sequence[bytes]] = Codec(version=1, encode=_join, decode={1: _split})

WAITING = MapSpec("waiting", int, _PAYLOADS, kept="until the watermark has passed the event")
ALARMS = MapSpec("alarms", int, MARK, kept="until it has rung")
JUDGED = MapSpec("judged", str, NUMBER, kept="`common.repeat_memory_ms`")
