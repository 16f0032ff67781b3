"""Baseline: a plain PyFlink job that decodes every message, keys it, and searches keywords beside its state.

Submitted by `bench.job.throughput`; two arguments: the bootstrap servers, and `thread` or `process`.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, Final

import fastavro
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from bench.job.pyflink_job import discard, environment, raw_values
from bench.job.traffic import MESSAGES
from schemas.codec import HEADER_SIZE
from schemas.schema_versions import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYWORDS: Final = ("payment", "brushing order", "unsecured loan", "gift card", "verification code", "付款", "转账")
SCHEMA: Final = fastavro.parse_schema(CURRENT["MessageSent"].schema)


class Judge(KeyedProcessFunction):  # type: ignore[misc] # PyFlink has no types
    """Stores since when each sender writes to an account, and reports messages with a keyword."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the state."""
        self._since_ms = runtime_context.get_map_state(MapStateDescriptor("since", Types.STRING(), Types.LONG()))

    def process_element(self, value: dict[str, Any], ctx: Any) -> Iterator[str]:  # noqa: ANN401, ARG002
        """Process a message."""
        sender = value["sender_id"]
        since_ms = self._since_ms.get(sender)
        if since_ms is None:
            since_ms = value["at_ms"]
            self._since_ms.put(sender, since_ms)
        text = value["text"].lower()
        if any(keyword in text for keyword in KEYWORDS):
            yield f"{sender}, known for {value['at_ms'] - since_ms} ms, wrote to {value['recipient_id']}"


def decode_message(value: bytes) -> Any:  # noqa: ANN401 - fastavro's
    """Return a message's fields by name."""
    return fastavro.schemaless_reader(io.BytesIO(value[HEADER_SIZE:]), SCHEMA, None)


def main(bootstrap: str, mode: str) -> None:
    """Submit the job."""
    env = environment({"python.execution-mode": mode})
    keyed = raw_values(env, bootstrap, MESSAGES).map(decode_message).key_by(lambda message: message["recipient_id"])
    discard(keyed.process(Judge(), Types.STRING()))
    env.execute_async(f"naive-{mode}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
