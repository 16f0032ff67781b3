"""Validation of a policy or mapping document: Pydantic's errors become faults with key, line and correction."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from jobs.policy.errors import Fault, InvalidPolicy, format_path, format_value
from jobs.policy.model import POLICY_FILE, PolicyFile
from jobs.policy.section import SUFFIX, Section
from jobs.policy.values import Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic_core import ErrorDetails

    from jobs.policy.yaml_document import Node, Path

S = TypeVar("S", bound=Section)

# Messages for pydantic's error types; {value} is the wrong value, other names are pydantic's.
_WORDS = {
    "missing": "is missing; it must be given",
    "model_type": "{value} must be a mapping",
    "dict_type": "{value} must be a mapping",
    "tuple_type": "{value} must be a list",
    "string_pattern_mismatch": "{value} must be of the form {pattern}",
    "string_too_short": "must not be empty",
    "string_too_long": "{value} must have at most {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
}
MOST_NAMED = 8  # known keys in a message
SHORT_FORM = ("t1_ms", "t2_ms")


def validate(root: Node) -> PolicyFile:
    """Return the document of a policy as a model; raise InvalidPolicy with all its faults."""
    return validate_as(POLICY_FILE, root, _both_forms(root))


def validate_as(form: type[S], root: Node, others: Iterable[Fault] = ()) -> S:
    """Return a document as a model; raise InvalidPolicy with all its faults, and with those that were found before."""
    faults = list(others)
    try:
        model = form.model_validate(root.plain())
    except ValidationError as error:
        for details in error.errors(include_url=False):
            faults.extend(_faults(details, root, form))
    if faults:
        raise InvalidPolicy(faults)
    return model


def _both_forms(root: Node) -> Iterator[Fault]:
    """Yield a fault for each key of the short form beside an interval table (FA-21)."""
    bands = root.at(("friendship_age", "bands"))
    if bands is None or bands.value is None:
        return
    for name in (*SHORT_FORM, *(name.removesuffix(SUFFIX) for name in SHORT_FORM)):
        short = root.at(("friendship_age", name))
        if short is not None:
            message = f"must not be given beside bands (line {bands.line}): one form or the other (FA-21)"
            yield Fault(f"friendship_age.{name}", short.line, message)


def _faults(details: ErrorDetails, root: Node, form: type[Section]) -> Iterator[Fault]:
    # Pydantic marks a wrong key of a mapping by "[key]" at the end; of an unknown key it gives the name as it is.
    path = details["loc"]
    if details["type"] != "extra_forbidden" and path[-1:] == ("[key]",):
        path = path[:-1]
    context: dict[str, Any] = details.get("ctx", {})
    if details["type"] == "too_short" and details["input"]:
        return  # every entry is invalid, and has a fault of its own
    for below, message in context.get("faults", (((), _message(details, path, form)),)):
        place = _path_in_file((*path, *below), root)
        yield Fault(format_path(place), _line(root, place, context.get("beside")), message)


def _path_in_file(path: Path, root: Node) -> Path:
    """Return the path as it is in the file: a short form, such as text or a list, has no key for what it stands for."""
    place: Path = ()
    for index, step in enumerate(path):
        above = root.at(place)
        if not (
            place and above is not None and isinstance(step, str) and _is_short(above, last=index == len(path) - 1)
        ):
            place = (*place, _name_in_file(above, step))
    return place


def _name_in_file(section: Node | None, step: str | int) -> str | int:
    """Return a key as it is written in the file: a duration's may have no suffix."""
    if section is None or not isinstance(step, str) or section.child(step) is not None:
        return step
    short = step.removesuffix(SUFFIX)
    return step if section.child(short) is None else short


def _is_short(node: Node, *, last: bool) -> bool:
    """Return whether a value is no mapping although a key below it is at fault; the last key may be an unknown one."""
    return not isinstance(node.value, dict | (list if last else dict) | None)


def _line(root: Node, path: Path, beside: str | None) -> int:
    """Return the line of a value; if it is missing, that of the key `beside` it or else of what contains it."""
    if root.at(path) is None and beside is not None:
        section = root.at(path[:-1])
        return root.line_of((*path[:-1], _name_in_file(section, beside)))
    return root.line_of(path)


def _message(details: ErrorDetails, path: Path, form: type[Section]) -> str:
    if details["type"] == "extra_forbidden":
        return _unknown(path, form)
    words = _WORDS.get(details["type"])
    if words is None:
        words = "{value} " + details["msg"].replace("Input should be", "must be").replace("{", "{{").replace("}", "}}")
    found = details["input"]
    shown = format_value(found.value if isinstance(found, Unusable) else found)
    return words.format(value=shown, **details.get("ctx", {}))


def _unknown(path: Path, form: type[Section]) -> str:
    """Return the message for an unknown key: the most similar known key, or the known keys."""
    section = section_at(form, path[:-1])
    known = list(section.model_fields)
    similar = get_close_matches(str(path[-1]), known, n=1)
    some = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    hint = f"did you mean {similar[0]}?" if similar else f"known here: {some or 'none'}"
    return f"unknown {section.entry_name} {format_value(str(path[-1]))}; {hint}"


def section_at(section: type[Section], path: Path) -> type[Section]:
    """Return the section at a path below another one; the nearest section above a path that leads to none."""
    for step in path:
        if isinstance(step, str) and step in section.model_fields:
            section = _section_in(section.model_fields[step].annotation) or section
    return section


def _section_in(annotation: Any) -> type[Section] | None:  # noqa: ANN401 - a type hint has no type
    """Return the section in a type hint: as it is, in a list, in a mapping or as an option to null."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation if issubclass(annotation, Section) else None
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
