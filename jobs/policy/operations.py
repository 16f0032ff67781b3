"""Operations in a policy file: a mapping of actions to options, a list of actions, or one action (FA-20, FA-25)."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from jobs.policy.section import Section
from jobs.policy.values import Truth, key, refuse
from operators.policy.action import Operation
from operators.policy.avatar_impersonation import RiskOperation
from schemas.records.enums import WarnChannel


class PlainAction(Section):
    """An action without options."""

    entry_name: ClassVar[str] = "option"


class ExitSessionOptions(Section):
    """Options of EXIT_SESSION, which ends the conversation on the recipient's side (FA-28)."""

    entry_name: ClassVar[str] = "option"
    forbid: Truth = key(default=False, doc="keep it closed until the recipient reopens it")


class ForbidOptions(ExitSessionOptions):
    """Options of EXIT_SESSION in an interval table, where it forbids further interaction by default (FA-20)."""

    forbid: Truth = key(default=True, doc="keep it closed until the recipient reopens it")


class WarnOptions(Section):
    """Options of WARN, which warns the recipient (FA-29)."""

    entry_name: ClassVar[str] = "option"
    channels: tuple[WarnChannel, ...] = key(
        (WarnChannel.IN_APP,), "in the app, by a call to a number, by a report to a network platform", min_length=1
    )


def _as_mapping(item: object) -> dict[object, object]:
    """Return an entry of a list of actions as a mapping."""
    if isinstance(item, str):
        return {item.upper() if item in {"none", "verify"} else item: {}}
    if not isinstance(item, dict) or len(item) != 1:
        refuse("must name actions, such as [BLOCK, WARN]")
    return dict(item)


class Actions(Section):
    """A set of actions: a mapping from each to its options, a list of them, or the name of the only one."""

    entry_name: ClassVar[str] = "action"
    other_forms: ClassVar[tuple[dict[str, object], ...]] = ({"type": "string"}, {"type": "array"}, {"type": "null"})
    may_be_none: ClassVar[bool] = False

    BLOCK: PlainAction | None = Field(None, description="put the sender on the recipient's block list (FA-27)")
    EXIT_SESSION: ExitSessionOptions | None = Field(None, description="end the conversation (FA-28)")
    WARN: WarnOptions | None = Field(None, description="warn the recipient (FA-29)")

    @model_validator(mode="before")
    @classmethod
    def _mapping(cls, value: object) -> object:
        """Return any of the three forms as a mapping from actions to their options, which may be empty."""
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            entries = [entry for item in value for entry in _as_mapping(item).items()]
            value = dict(entries)
            if len(value) < len(entries):
                refuse("must name each action once")
        if isinstance(value, dict):
            value = {name: {} if options is None else options for name, options in value.items()}
        return value

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set and not self.may_be_none:
            refuse(f"must name at least one of {', '.join(type(self).model_fields)} (FA-25)")
        return self

    def value(self) -> Operation:
        """Return the operation for the operators."""
        return Operation(
            block=self.BLOCK is not None,
            exit_session=self.EXIT_SESSION is not None,
            forbid=self.EXIT_SESSION is not None and self.EXIT_SESSION.forbid,
            warn=tuple(dict.fromkeys(self.WARN.channels)) if self.WARN else (),
            verify=getattr(self, "VERIFY", None) is not None,
        )


class MiddleActions(Actions):
    """The middle operation: any actions, also VERIFY, or NONE."""

    may_be_none: ClassVar[bool] = True

    VERIFY: PlainAction | None = Field(None, description="ask the sender's person through another application (FA-35)")
    NONE: PlainAction | None = Field(None, description="record the decision, do nothing (FA-26)")

    @model_validator(mode="after")
    def _none_alone(self) -> Self:
        if self.NONE is not None and len(self.model_fields_set) > 1:
            refuse("must be NONE or other actions, not both")
        return self


class IntervalActions(MiddleActions):
    """The operation of one interval of `bands`."""

    EXIT_SESSION: ForbidOptions | None = Field(None, description="forbid interaction (FA-20)")


class ReviewedActions(Actions):
    """Actions about a stranger (ST-3)."""

    REVIEW: PlainAction | None = Field(None, description="ask people to look at the sender")


class RiskActions(ReviewedActions):
    """Actions after a RISK_USER finding of avatar impersonation (AI-23)."""

    WARN_LOOKALIKE: WarnOptions | None = Field(None, description="warn the person who is imitated, too")

    def risk_value(self) -> RiskOperation:
        """Return the operation with the actions that only avatar impersonation has."""
        lookalike = tuple(dict.fromkeys(self.WARN_LOOKALIKE.channels)) if self.WARN_LOOKALIKE else ()
        return RiskOperation(operation=self.value(), review=self.REVIEW is not None, warn_lookalike=lookalike)
