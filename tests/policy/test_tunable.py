"""Numbers of a policy file that can be tried with other values: which there are, and the policies with them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from jobs.policy.authoring.tunable import PolicyVariants, TunableSetting, tunable_settings
from jobs.policy.file import InvalidPolicy, check, default_policy
from operators.policy.durations import DAY, HOUR
from tests.support.given import written

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {setting.name: setting for setting in tunable_settings(default_policy().file)}


def variants(path: Path, *lines: str) -> tuple[dict[str, TunableSetting], PolicyVariants]:
    """Return the settings of a policy file, and its variants."""
    file = written(path / "policy.yaml", lines)
    known = {setting.name: setting for setting in tunable_settings(check(file).file)}
    return known, PolicyVariants(file, "v", outside=False)


@pytest.mark.parametrize(
    "name",
    [
        *("friendship_age.t1", "friendship_age.gate_threshold", "friendship_age.gate_weights.avatar"),
        *("friendship_age.conversation.threshold", "friendship_age.requests.windows[1].fruitless"),
        *("friendship_age.semantic.false_alarms_per_10000", "strangers.repeat_after", "avatar_impersonation.threshold"),
        *("avatar_impersonation.min_bits", "invite_forest.th1", "invite_forest.condition.hits_needed"),
        *("invite_forest.condition.reports_suffice", "event_group.radius_m"),
    ],
)
def test_every_number_that_decides_is_a_setting__rv_23(name: str) -> None:
    assert BY_NAME[name].meaning


def test_what_is_no_number_is_no_setting__rv_23() -> None:
    last = {name.rpartition(".")[2] for name in BY_NAME}
    assert not last & {"enabled", "bands", "detectors", "keywords", "hash_kinds", "mode", "offender", "alert_number"}
    assert not any(name.split(".")[0] in {"common", "limits", "reviews", "version"} for name in BY_NAME)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("friendship_age.t1", ["18h", "36h", "6d", "12d"]),
        ("avatar_impersonation.threshold", ["0.74", "0.79", "0.89", "0.94"]),
        ("invite_forest.th1", ["0", "1", "3", "4"]),
        ("event_group.radius_m", ["500", "1000", "4000", "8000"]),
        ("friendship_age.semantic.false_alarms_per_10000", ["1", "2", "5", "20", "50"]),
        ("invite_forest.condition.reports_suffice", []),
    ],
)
def test_values_around_the_present_one_are_tried__rv_23(name: str, values: list[str]) -> None:
    assert list(BY_NAME[name].other_values()) == values


def test_a_duration_of_nothing_is_tried_with_some__rv_23() -> None:
    setting = TunableSetting(("strangers", "repeat_after_ms"), 0, "", "ms")
    assert (setting.current, list(setting.other_values())) == ("0", ["1h", "1d", "7d"])


def test_a_variant_differs_in_its_setting_alone__rv_23(tmp_path: Path) -> None:
    known, made = variants(
        tmp_path, "version: old", "friendship_age: {t1: 2d, trust: 1d}", "strangers: {repeat_after: 2h}"
    )
    present, other = made.unchanged(), made.with_value(known["friendship_age.t1"], "12h")
    assert (present.version, other.version) == ("v", "v")
    assert [policy.friendship_age.bands[0].to_ms for policy in (present, other)] == [2 * DAY, 12 * HOUR]
    assert (other.friendship_age.trust_ms, other.strangers) == (DAY, present.strangers)


def test_a_duration_beside_a_key_without_its_suffix_leaves_that_alone__rv_23(tmp_path: Path) -> None:
    known, made = variants(tmp_path, "version: old", "avatar_impersonation: {both_directions: true}")
    faces = made.with_value(known["avatar_impersonation.both_directions_ms"], "1h").avatar_impersonation
    assert (faces.both_directions, faces.both_directions_ms) == (True, HOUR)


@pytest.mark.parametrize("written_as", ["", "friendship_age: {requests: {windows: [{within: 1h, sent: 7}]}}"])
def test_a_row_of_a_list_can_be_changed__rv_23(tmp_path: Path, written_as: str) -> None:
    known, made = variants(tmp_path, "version: old", written_as)
    present = made.unchanged().friendship_age.requests.windows
    changed = made.with_value(known["friendship_age.requests.windows[0].sent"], "5").friendship_age.requests.windows
    assert changed[0].sent == 5
    assert (changed[0].within_ms, changed[1:]) == (present[0].within_ms, present[1:])


def test_shares_and_missing_values_are_exact__rv_23(tmp_path: Path) -> None:
    known, made = variants(tmp_path, "version: old")
    faces = made.with_value(known["avatar_impersonation.threshold"], "0.9").avatar_impersonation
    assert faces.threshold == Fraction(9, 10)
    setting = known["invite_forest.condition.reports_suffice"]
    assert setting.current == "null"
    assert made.with_value(setting, "4").invite_forest.condition.reports_suffice == 4
    assert made.with_value(setting, "null") == made.unchanged()


@pytest.mark.parametrize("value", ["40d", "soon", "-1", ""])
def test_a_value_that_is_not_valid_is_refused__rv_23_rv_e23(tmp_path: Path, value: str) -> None:
    known, made = variants(tmp_path, "version: old")
    with pytest.raises(InvalidPolicy, match="t1"):
        made.with_value(known["friendship_age.t1"], value)


def test_of_age_bands_the_short_form_is_a_setting_alone__rv_23_fa_21(tmp_path: Path) -> None:
    bands = "friendship_age: {bands: [{from: 0, to: 1d, do: [WARN]}, {from: 1d, to: null, do: [WARN]}]}"
    known, _ = variants(tmp_path, "version: old", bands)
    assert not any(
        name.startswith(("friendship_age.t", "friendship_age.bands")) for name in known if "trust" not in name
    )
