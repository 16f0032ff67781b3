"""Dead letters: the record as it came, with headers that say why it was refused and where it stands.

Compressed, a record of any length fits into a batch that the broker accepts. Of one that is longer than a dead letter
may be, only the headers are written: the job would stop at it otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.kafka.dead_letters import NULL, TOO_LONG
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES
from jobs.runtime.wire_format import topic_payload

if TYPE_CHECKING:
    from jobs.runtime.wire_format import Header, KafkaRecord
    from schemas.malformed import Malformed

LONGEST_BYTES: Final = DEAD_LETTER_BYTES - 65_536
"""Key and value together; the rest is for headers."""

LONGEST_KEY: Final = 65_536

LONGEST_MESSAGE: Final = 8_192
"""Bytes of the header `error.message`; the rest is cut off."""


def dead_letter(fault: Malformed, topic: str, raw: KafkaRecord) -> bytes:
    """Return the packed dead letter of a record; `topic` is its name on the broker."""
    key, value, headers = raw.key, raw.value, _headers(fault, topic, raw)
    if len(key or b"") + len(value or b"") > LONGEST_BYTES:
        key, value = (key if len(key or b"") <= LONGEST_KEY else None), None
        headers.append(("error.value", TOO_LONG))
    elif value is None:
        headers.append(("error.value", NULL))
    return topic_payload(raw.timestamp_ms, key, headers, value)


def _headers(fault: Malformed, topic: str, raw: KafkaRecord) -> list[Header]:
    return [
        ("error.reason", fault.reason.encode()),
        (
            "error.message",
            fault.message.encode("utf-8", "replace")[:LONGEST_MESSAGE].decode("utf-8", "ignore").encode(),
        ),
        ("error.topic", topic.encode()),
        ("error.partition", str(raw.partition).encode()),
        ("error.offset", str(raw.offset).encode()),
    ]
