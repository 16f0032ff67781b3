"""What tests of rules share: messages that have a score of the recogniser and no hit, `score 700` one of 700."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.runtime import ingress
from operators.policy.friendship_age import FRIENDSHIP_AGE
from operators.screening.screening import screen_message
from schemas.records import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy.model import Policy
    from schemas.records import MessageScreened, MessageSent

_SCORE = "score "


def with_score(message: MessageSent, policies: Sequence[Policy]) -> MessageScreened:
    """Return the screened message, with the score that its text says if it says one."""
    screened = screen_message(message, policies)
    if not message.text.startswith(_SCORE):
        return screened
    score = int(message.text.removeprefix(_SCORE))
    found = (Finding(version=policy.version, rule=FRIENDSHIP_AGE, spans=(), score=score) for policy in policies)
    return replace(screened, findings=tuple(found))


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ingress read the scores of texts."""
    monkeypatch.setattr(ingress, "screen_message", with_score)
