"""Hashing on ingress: only hashes go on, and a bad picture is a dead letter (AI-12, C-14, C-16)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobs.dataflow.graph import Graph
from jobs.policy.registry import PolicyLog
from jobs.runtime.ingress import Accepted, Ingress
from operators.likeness.perceptual_hash import hash_picture, hashes_of_phash
from operators.operator import Handler, Operator
from operators.policy.model import Policy
from schemas.malformed import Malformed, Reason
from schemas.records import (
    Feature,
    FeatureKind,
    IdentificationHashed,
    IdentificationRequested,
    ProfileChanged,
    ProfileHashed,
    Record,
)
from state.stores.memory import MemoryStore
from tests.support.picture_files import file_of, picture
from tests.support.portraits import H0, MOTHER, STRANGER, family, findings
from tests.support.story import DAY, StoryResult, evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = file_of(picture())


class Receiver(Operator):
    uid = "receiver"

    @property
    def handles(self) -> Mapping[type, Handler]:
        kinds = (ProfileChanged, ProfileHashed, IdentificationRequested, IdentificationHashed)
        return dict.fromkeys(kinds, lambda _event, _ctx: iter(()))


class FixedPolicy:
    def __init__(self, policy: Policy) -> None:
        self.log = PolicyLog(policy)

    def are_all_known(self) -> bool:
        return True


def ingest(record: Record, policy: Policy | None = None) -> list[Record]:
    return [route.record for route in accept(record, policy).routes]


def accept(record: Record, policy: Policy | None = None) -> Accepted:
    graph = Graph("pictures")
    graph.process(Receiver(), *(graph.source(topic).key_by(lambda _: ("key",)) for topic in ("profiles", "incidents")))
    return _ingress(graph, policy).accept(record)


def _ingress(graph: Graph, policy: Policy | None) -> Ingress:
    return Ingress(graph, FixedPolicy(policy or Policy()))


def profile(**fields: object) -> ProfileChanged:
    return ProfileChanged(event_id="e", at_ms=1, account_id="a", **fields)  # type: ignore[arg-type]


PLATE = (Feature(kind=FeatureKind.PLATE, value=b"W 123"),)


def identification(image: bytes | None = None, features: tuple[Feature, ...] = PLATE) -> IdentificationRequested:
    return IdentificationRequested(
        event_id="e", at_ms=1, incident_id="i", request_id="r", requester_id="q", features=features, image=image
    )


def test_only_the_hashes_of_an_avatar_are_passed_on__ai_12() -> None:
    expected = ProfileHashed(
        event_id="e", at_ms=1, account_id="a", nickname="n", avatar=hash_picture(FILE, Policy().avatar_impersonation)
    )
    assert ingest(profile(nickname="n", avatar_image=FILE)) == [expected]


@pytest.mark.parametrize(
    ("sent", "avatar", "removed"),
    [(None, None, False), (b"", None, True), (b"\1" * 8, hashes_of_phash(b"\1" * 8), False)],
    ids=["unchanged", "removed", "supplied"],
)
def test_a_profile_without_a_picture_has_the_same_form__ai_10(
    sent: bytes | None, avatar: object, removed: object
) -> None:
    (found,) = ingest(profile(avatar_hash=sent))
    assert isinstance(found, ProfileHashed)
    assert (found.avatar, found.avatar_removed) == (avatar, removed)


def test_only_the_hashes_of_an_identification_picture_are_passed_on__eg_35() -> None:
    (found,) = ingest(identification(FILE))
    assert isinstance(found, IdentificationHashed)
    assert found.picture == hash_picture(FILE, Policy().avatar_impersonation)
    assert found.features == identification().features
    (plain,) = ingest(identification())
    assert isinstance(plain, IdentificationHashed)
    assert plain.picture is None


@pytest.mark.parametrize(
    "record", [profile(avatar_image=b"none"), identification(b"none", ())], ids=["avatar", "from the place"]
)
def test_a_record_of_nothing_but_a_bad_picture_is_a_dead_letter_without_its_content__ai_e13_ai_34(
    record: Record,
) -> None:
    with pytest.raises(Malformed) as caught:
        ingest(record)
    assert caught.value.reason is Reason.BAD_IMAGE
    assert caught.value.field in {"ProfileChanged.avatar_image", "IdentificationRequested.image"}


@pytest.mark.parametrize(("other", "value"), [("nickname", "n"), ("nickname", ""), ("signature", "s"), ("region", "r")])
def test_a_bad_picture_costs_the_other_fields_of_a_profile_nothing__ai_34(other: str, value: str) -> None:
    record = profile(avatar_image=b"none", **{other: value})
    assert ingest(record) == [ProfileHashed(event_id="e", at_ms=1, account_id="a", **{other: value})]  # type: ignore[arg-type]
    refused = accept(record).refused
    assert refused is not None
    assert (refused.reason, refused.field) == (Reason.BAD_IMAGE, "ProfileChanged.avatar_image")
    assert "none" not in str(refused)


def test_a_supplied_hash_counts_in_place_of_a_bad_picture__ai_34_ai_10() -> None:
    (found,) = ingest(profile(avatar_image=b"none", avatar_hash=H0))
    assert isinstance(found, ProfileHashed)
    assert found.avatar == hashes_of_phash(H0)


def test_a_bad_picture_costs_the_features_of_an_identification_nothing__ai_34() -> None:
    accepted = accept(identification(b"none"))
    (found,) = (route.record for route in accepted.routes)
    assert isinstance(found, IdentificationHashed)
    assert (found.picture, found.features) == (None, PLATE)
    assert accepted.refused is not None
    assert accepted.refused.field == "IdentificationRequested.image"


def test_a_good_picture_is_refused_nothing__ai_34() -> None:
    assert accept(profile(avatar_image=FILE, nickname="n")).refused is None


def test_the_limits_are_those_of_the_policy_in_force__ai_12() -> None:
    section = replace(Policy().avatar_impersonation, max_image_bytes=len(FILE) - 1)
    with pytest.raises(Malformed) as caught:
        ingest(profile(avatar_image=FILE), replace(Policy(), avatar_impersonation=section))
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE


def test_after_a_change_of_algorithm_a_picture_waits_for_its_next_change__ai_e19_ai_11(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = family()
    run, outputs = story._run(MemoryStore())
    monkeypatch.setattr("operators.likeness.perceptual_hash.ALGORITHM", "2")
    story.avatar(STRANGER, H0, 10 * DAY).writes(11 * DAY).avatar(MOTHER, H0, 12 * DAY).writes(13 * DAY)
    outputs += [output for event in story.events[-4:] for output in run.push(event)]
    [decision] = findings(StoryResult([*outputs, *run.finish()], {}))
    assert decision.cause_event_id == story.events[-1].event_id
    assert evidence(decision)["hash"]["version"] == "2"
