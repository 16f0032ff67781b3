"""Validation: records of the right form with impossible content are refused (C-16)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.malformed import Malformed, Reason
from schemas.records import RECORDS, Feature, FeatureKind, MessageSent, ObjectInformationChanged, Record
from schemas.schema_versions import CURRENT
from schemas.topics import INPUT_OF
from schemas.validation import DIFFERENT, LAST_MS, MAX_ID, MAX_ITEMS, MAX_TEXT, validate
from tests.schemas.record_strategies import example, records_of

INPUTS = sorted(kind.__name__ for kind in INPUT_OF)


def fields_of(*names: str) -> list[tuple[str, str]]:
    """Return every input record with its fields of these names."""
    return [(kind, f["name"]) for kind in INPUTS for f in CURRENT[kind].schema["fields"] if f["name"] in names]


def fields_ending_in(end: str) -> list[tuple[str, str]]:
    return [(kind, f["name"]) for kind in INPUTS for f in CURRENT[kind].schema["fields"] if f["name"].endswith(end)]


IDS = [*fields_ending_in("_id"), *fields_of("version", "removed_by", "revoked_by", "app")]


def refused(record: Record) -> Malformed:
    with pytest.raises(Malformed) as caught:
        validate(record)
    return caught.value


@pytest.mark.parametrize("kind", INPUTS)
def test_an_ordinary_record_is_accepted(kind: str) -> None:
    validate(example(kind))


@given(st.sampled_from(INPUTS).flatmap(records_of))
def test_any_record_is_accepted_or_malformed_and_never_another_error(record: Record) -> None:
    with suppress(Malformed):
        validate(record)


@pytest.mark.parametrize(("kind", "field"), IDS)
@pytest.mark.parametrize("value", ["", "a\x1fb", "\x00", "a\n", "\x7f", "\x9f", "x" * (MAX_ID + 1)])
def test_an_id_that_is_empty_too_long_or_has_control_characters_is_impossible__c_16(
    kind: str, field: str, value: str
) -> None:
    fault = refused(example(kind, **{field: value}))
    assert (fault.reason, fault.field) == (Reason.IMPOSSIBLE, f"{kind}.{field}")


@pytest.mark.parametrize("value", ["a", "x" * MAX_ID, "用户", "a b", "😀"])
def test_an_id_may_be_any_other_text(value: str) -> None:
    validate(example("AccountErased", account_id=value))


@pytest.mark.parametrize(("kind", "field"), fields_of("at_ms", "effective_at_ms", "last_used_ms"))
def test_a_time_lies_between_1970_and_the_year_9999__c_16(kind: str, field: str) -> None:
    for value in (0, LAST_MS):
        validate(example(kind, **{field: value}))
    for value in (-1, LAST_MS + 1, -(2**63), 2**63 - 1):
        assert refused(example(kind, **{field: value})).reason is Reason.OUT_OF_RANGE


def test_a_friendships_start_is_a_time_or_minus_one__fa_17() -> None:
    for value in (None, -1, 0, LAST_MS):
        validate(example("FriendAdded", since_ms=value))
    for value in (-2, LAST_MS + 1):
        assert refused(example("FriendAdded", since_ms=value)).reason is Reason.OUT_OF_RANGE


def test_a_message_goes_to_a_person_or_into_a_group__c_16() -> None:
    validate(example("MessageSent", recipient_id=None, group_id="g"))
    for to in ({"recipient_id": None, "group_id": None}, {"recipient_id": "r", "group_id": "g"}):
        assert refused(example("MessageSent", **to)).reason is Reason.IMPOSSIBLE


@pytest.mark.parametrize(("kind", "pair"), DIFFERENT.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_nobody_relates_to_oneself__eg_7__fa_65__if_e25(kind: type[Record], pair: tuple[str, str]) -> None:
    assert refused(example(kind.__name__, **dict.fromkeys(pair, "same"))).reason is Reason.IMPOSSIBLE


@pytest.mark.parametrize("end", ["latitude", "longitude"])
def test_a_place_is_on_earth__eg_e22(end: str) -> None:
    most = {"latitude": 90.0, "longitude": 180.0}[end]
    for kind, field in fields_of(end):
        for value in (most, -most, -0.0):
            validate(example(kind, **{field: value}))
        for value in (most + 0.001, -most - 0.001, 1e308):
            fault = refused(example(kind, **{field: value}))
            assert (fault.reason, fault.field) == (Reason.OUT_OF_RANGE, f"{kind}.{field}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_place_that_is_not_finite_is_out_of_range__eg_e22(value: float) -> None:
    place: Any = RECORDS["LocationUpdated"]
    record = place(event_id="e", at_ms=1, account_id="a", latitude=value, longitude=0.0)
    assert refused(record).reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize("radius", [-0.1, 20_037_510.0])
def test_an_area_is_not_negative_and_not_larger_than_the_earth(radius: float) -> None:
    assert refused(example("OrganisationRegistered", radius_m=radius)).reason is Reason.OUT_OF_RANGE


def test_a_text_has_a_bound__c_16() -> None:
    validate(example("MessageSent", text="字" * MAX_TEXT))
    assert refused(example("MessageSent", text="x" * (MAX_TEXT + 1))).reason is Reason.OUT_OF_RANGE


def test_a_relation_has_at_most_64_characters__eg_2() -> None:
    validate(example("FollowRequested", relation="母" * 64))
    assert refused(example("FollowRequested", relation="x" * 65)).reason is Reason.OUT_OF_RANGE


def test_a_supplied_hash_has_eight_bytes_or_none__ai_10() -> None:
    validate(example("ProfileChanged", avatar_hash=""))
    for value in ("AA==", "AAECAwQFBgcI"):
        assert refused(example("ProfileChanged", avatar_hash=value)).reason is Reason.OUT_OF_RANGE


def test_an_avatar_is_not_set_and_removed_at_once() -> None:
    assert refused(example("ProfileChanged", avatar_hash="", avatar_image="AA==")).reason is Reason.IMPOSSIBLE


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (FeatureKind.IMAGE_HASH, b"1234567", Reason.OUT_OF_RANGE),
        (FeatureKind.IMAGE_HASH, b"", Reason.OUT_OF_RANGE),
        (FeatureKind.AUDIO_FINGERPRINT, b"", Reason.OUT_OF_RANGE),
        (FeatureKind.AUDIO_FINGERPRINT, b"x" * 65_537, Reason.OUT_OF_RANGE),
        (FeatureKind.PLATE, b"", Reason.OUT_OF_RANGE),
        (FeatureKind.TEXT, b"\xff", Reason.UNDECODABLE),
    ],
)
def test_a_feature_can_be_compared__eg_35(kind: FeatureKind, value: bytes, reason: Reason) -> None:
    features = (Feature(kind=kind, value=value),)
    record = ObjectInformationChanged(event_id="e", at_ms=1, object_id="o", features=features)
    assert refused(record).reason is reason


def test_a_list_has_a_bound_and_its_ids_are_ids() -> None:
    validate(example("IncidentReported", object_ids=["o"] * MAX_ITEMS))
    assert refused(example("IncidentReported", object_ids=["o"] * (MAX_ITEMS + 1))).reason is Reason.OUT_OF_RANGE
    assert refused(example("IncidentReported", object_ids=["o", ""])).reason is Reason.IMPOSSIBLE


def test_a_lone_surrogate_is_no_text() -> None:
    for fields in ({"text": "\ud800", "sender_id": "s"}, {"text": "t", "sender_id": "\udfff"}):
        record = MessageSent(event_id="e", at_ms=1, recipient_id="r", **fields)
        assert refused(record).reason is Reason.UNDECODABLE


@pytest.mark.parametrize("kind", sorted(RECORDS.keys() - set(INPUTS)))
def test_a_record_that_is_no_input_is_refused_as_an_unknown_schema(kind: str) -> None:
    assert refused(example(kind)).reason is Reason.UNKNOWN_SCHEMA


@pytest.mark.parametrize(("kind", "field"), IDS)
def test_a_fault_never_repeats_content_of_the_field__c_14(kind: str, field: str) -> None:
    message = refused(example(kind, **{field: "4111111111111111\n"})).message
    assert "4111" not in message
    assert field in message
