"""Measurement from within a peer: records and processor time, after a warm-up."""

from __future__ import annotations

import json
import os
import time
from typing import Final

_LOOK_EVERY: Final = 1_000  # records: looking at the clock costs time, too


class Meter:
    """A count of records that prints what was measured, and ends the process.

    `warm_s` and `measured_s` are the seconds before the measurement and of it, from the first record on.
    """

    def __init__(self, warm_s: float, measured_s: float) -> None:
        self._warm_s, self._measured_s = warm_s, measured_s
        self._count, self._look = 0, 0
        self._first_s: float | None = None
        self._begun: tuple[int, float, float] | None = None

    def count(self, records: int = 1) -> None:
        """Count records that have been processed."""
        self._count += records
        if self._count >= self._look:
            self._look = self._count + _LOOK_EVERY
            self._look_at_clock(time.monotonic())

    def _look_at_clock(self, now_s: float) -> None:
        if self._first_s is None:
            self._first_s = now_s
        elif self._begun is None and now_s - self._first_s >= self._warm_s:
            self._begun = self._count, now_s, time.process_time()
        elif self._begun is not None and now_s - self._begun[1] >= self._measured_s:
            records, begun_s, used_s = self._begun
            print(json.dumps([self._count - records, now_s - begun_s, time.process_time() - used_s]), flush=True)
            os._exit(0)  # frameworks catch exceptions, and finish what they have begun
