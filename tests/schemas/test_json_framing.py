"""Outputs in JSON: the form of the tool's files, while inputs stay in Avro."""

from __future__ import annotations

import json

import pytest

from schemas.codec import SingleObjectFraming
from schemas.json_framing import EitherOutputs, JsonOutputs
from schemas.jsonl import write_line
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent
from tests.support.given import DECISION

AVRO = SingleObjectFraming()
HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="😀")


def test_an_output_is_a_line_of_the_tools_files() -> None:
    value = JsonOutputs(AVRO).encode(DECISION, "decisions")
    assert value.decode() == write_line(DECISION)
    assert json.loads(value) | {"type": "Decision", "outcome": "MIDDLE"} == json.loads(value)


def test_inputs_stay_in_avro() -> None:
    framing = JsonOutputs(AVRO)
    assert framing.decode(AVRO.encode(HELLO, "messages")) == HELLO
    with pytest.raises(Malformed, match="not in Avro's single-object encoding"):
        framing.decode(write_line(HELLO).encode())


def test_a_reader_of_outputs_takes_either() -> None:
    reader = EitherOutputs(AVRO)
    for framing in (AVRO, JsonOutputs(AVRO)):
        assert reader.decode(framing.encode(DECISION, "decisions")) == DECISION
    assert reader.encode(DECISION, "decisions") == AVRO.encode(DECISION, "decisions")
    for wrong in (b"", b"{", b'{"type": "Nothing"}', b"[]"):
        with pytest.raises(Malformed) as caught:
            reader.decode(wrong)
        assert caught.value.reason in {Reason.UNDECODABLE, Reason.UNKNOWN_SCHEMA}
