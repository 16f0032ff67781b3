"""Do two policies say the same? What differs from the defaults, as plain values, and its digest. Key: the version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from operators.policy import Policy
from operators.policy_screen import ScreenRules

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def dump(policy: Policy) -> dict[str, object]:
    """Return what a policy says that the default policy does not, as it is in force: bands for T1 and T2, and so on.

    Values are JSON's; fractions are text such as `17/20`, hashes are hex, sets are sorted lists.
    """
    return _differing(policy, Policy())


def content_digest(policy: Policy) -> str:
    """Return 64 hex digits, equal for policies that say the same under whatever version and in whatever form.

    A key that a later release adds does not change it, as long as a policy leaves that key at its default.
    """
    content = dump(replace(policy, version=Policy().version))
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _differing(value: DataclassInstance, default: DataclassInstance) -> dict[str, object]:
    differing: dict[str, object] = {}
    for field in fields(value):
        mine, usual = getattr(value, field.name), getattr(default, field.name)
        if field.compare and mine != usual:
            nested = is_dataclass(usual) and not isinstance(usual, ScreenRules)
            differing[field.name] = _differing(mine, usual) if nested else _plain(mine)
    return differing


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes | Fraction):
        return value.hex() if isinstance(value, bytes) else str(value)
    if isinstance(value, frozenset):
        return sorted(map(str, map(_plain, value)))
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    return value
