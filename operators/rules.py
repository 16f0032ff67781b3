"""The names of the rules that decisions carry, and the reasons that several rules share."""

from __future__ import annotations

FRIENDSHIP_AGE = "friendship-age"


AVATAR_IMPERSONATION = "avatar-impersonation"


INVITE_FOREST = "invite-forest"


POLICY_UNSEEN = "POLICY_UNSEEN"
"""The reason where the message was screened before the policy that judges it was known."""
