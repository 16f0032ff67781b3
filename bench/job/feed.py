"""Producer of benchmark traffic: a Java Kafka client, as Python's would take longer than the measured job."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import broker_jars, java

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from bench.job.traffic import Sent

_SOURCE: Final = Path(__file__).with_name("Feed.java")
_HEAD: Final = struct.Struct(">qii")
_AT_ONCE: Final = 10_000  # records in one write


def feed(bootstrap: str, topic: str, records: Iterable[Sent], *, laps: int = 1, rate: int = 0) -> int:
    """Write records to a topic; return the number written. Raises `OSError` on failure.

    With more `laps`, at most 729, the records are at most a million messages: they are written again, later and with
    other ids. With a `rate` a second they are messages that each get the time at which they are written.
    """
    classpath = os.pathsep.join(map(str, broker_jars()))
    asked = (bootstrap, topic, str(laps), str(rate))
    command = (java(), "-Xmx1g", "-XX:+UseSerialGC", "-cp", classpath, str(_SOURCE), *asked)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        written = _write(process.stdin, records) if process.stdin else 0
        _, said = process.communicate()
    if process.returncode:
        raise OSError(said.decode(errors="replace"))
    return written * laps


def pack(sent: Sent) -> bytes:
    """Return a record as `Feed.java` reads it."""
    return _HEAD.pack(sent.at_ms, len(sent.key), len(sent.value)) + sent.key + sent.value


def _write(into: IO[bytes], records: Iterable[Sent]) -> int:
    written, parts = 0, []
    for record in records:
        parts.append(pack(record))
        written += 1
        if len(parts) == _AT_ONCE:
            into.write(b"".join(parts))
            parts.clear()
    into.write(b"".join(parts))
    return written
