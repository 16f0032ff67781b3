"""How does evidence show how alike two profiles are? Key: none. By numbers alone: no nickname is ever in it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.records import ProfileScore
    from state.lookalikes import Request

_PARTS = ("nickname", "avatar", "signature", "region")


def as_evidence(score: ProfileScore) -> dict[str, object]:
    """Return one comparison: the similarity as a number and as the exact fraction, and the parts that count."""
    parts = {name: getattr(score, name) for name in _PARTS if getattr(score, name) is not None}
    similarity = {"similarity": float(Fraction(score.similarity)), "exact": score.similarity}
    return {"lookalike": score.account_id, **similarity, "parts": parts, **_avatars(score)}


def _avatars(score: ProfileScore) -> dict[str, object]:
    """Return how the two avatars were compared, and which they were."""
    if score.avatar is None:
        return {}
    compared = {
        "kind": score.kind,
        "version": score.algorithm,
        "distance": score.bits,
        "similarity": float(Fraction(score.avatar)),
        "quality": score.quality,
    }
    return {"hash": compared, "avatar_version": score.own_avatar, "lookalike_avatar_version": score.other_avatar}


def shown(score: ProfileScore) -> str:
    """Return one comparison as it is remembered with a request."""
    return json.dumps(as_evidence(score), separators=(",", ":"))


def scored(request: Request, *best: ProfileScore) -> Mapping[str, object]:
    """Return what a decision about a request shows: how many were compared, who is most alike, who was asked."""
    counts: dict[str, object] = {"compared": request.compared, "not_comparable": request.not_comparable}
    if best and as_evidence(best[0])["parts"]:
        return counts | {"best": as_evidence(best[0])}
    if not request.asked:
        return counts
    asked = [json.loads(score) for score in request.scores]
    answers = {friend_id: answer for friend_id, answer in zip(request.asked, request.answers, strict=True) if answer}
    told = {"answers": answers} if answers else {}
    return counts | {"best": asked[0], "asked": asked, "deadline_ms": request.deadline_ms} | told
