"""Topics in which nothing is an event: a what-if run says so instead of finding no flips."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest

from jobs.analysis.topic_events import _HEAD, TopicEvents
from jobs.errors import BadInput
from schemas.codec import SingleObjectFraming, encode
from tests.support.given import NOON, message


def events_of(max_bad: Fraction | None = None, **topics: list[bytes]) -> TopicEvents:
    files = {}
    for topic, values in topics.items():
        file = files[topic, 0] = io.BytesIO()
        for offset, value in enumerate(values):
            file.write(_HEAD.pack(NOON, offset, len(value)) + value)
    return TopicEvents(files, SingleObjectFraming(), max_bad)


def test_a_topic_without_any_event_is_an_error_with_its_first_fault__c_17() -> None:
    events = events_of(messages=[encode(message("m", NOON))], relations=[b'{"type": "FriendAdded"}', b"{}"])
    with pytest.raises(BadInput) as refused:
        list(events.events())
    assert str(refused.value) == (
        "--topic relations: nothing in it is an event, so there is no result: "
        "offset 0: UNDECODABLE: not in Avro's single-object encoding"
    )


def test_a_share_of_bad_values_may_be_set__c_17() -> None:
    mixed = [b"{}", encode(message("m", NOON))]
    assert len(list(events_of(Fraction(1), messages=[b"{}"]).events())) == 1
    assert len(list(events_of(Fraction(1, 2), messages=mixed).events())) == 2
    with pytest.raises(BadInput, match="1 of 2 lines are no events, more than --max-bad allows"):
        list(events_of(Fraction(1, 3), messages=mixed).events())


def test_a_topic_with_one_event_among_others_is_read() -> None:
    assert len(list(events_of(messages=[b"{}", encode(message("m", NOON))]).events())) == 2
