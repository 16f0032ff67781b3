"""Types of the values of a policy file: durations, whole numbers, fractions, text, hosts, hashes, patterns.

The error message of each type says what would be right. Numbers are never binary floats (C-15).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, LiteralString, NoReturn
from unicodedata import category

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from operators.detectors.detector import UnusableRule
from operators.detectors.hosts import normalise_host
from operators.policy.durations import DAY, DURATION_FORM, DURATION_PATTERN, format_duration, parse_duration
from operators.policy.keywords import Keyword
from operators.screening.regex import UnusablePattern, check_pattern
from operators.text.normalisation import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.json_schema import JsonSchemaValue

LONGEST_MS = 3_660_000 * DAY  # ten thousand years: means "never", and is still exact in every JSON reader
LARGEST = 2_000_000_000  # whole number; counters and distances stay below 2^31
LONGEST_TEXT = 256  # code points: of an id (as in events), a keyword, a host name
LONGEST_PATTERN = 500  # code points of a regular expression
MOST_ENTRIES = 20_000  # of one list

KIND: Final = "policy"  # pydantic error type of our own errors

_NUMBER = re.compile(r"[-+]?(?=\.?[0-9])[0-9]{0,20}(?:\.[0-9]{0,20})?(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)
_UNLIMITED = re.compile(r"\\[1-9]|\(\?(?:<?[=!]|P=|>|\()|[*+?}]\+|(\\.|\[\^?\]?(?:\\.|[^\]])*\])", re.DOTALL)


def refuse(message: str, **more: object) -> NoReturn:
    """Raise a validation error with a message that says what would be right."""
    text: LiteralString = "{message}"  # the message is a value, because pydantic would format braces in it
    raise PydanticCustomError(KIND, text, {"message": message, **more})


@dataclass(frozen=True)
class Unusable:
    """A value of the file that stands where it must not, with what would be right."""

    value: object
    message: str


def parse_milliseconds(value: object) -> int:
    """Return a duration in ms, from a whole number of ms or from text such as 3d, 10m, 250ms; it may be negative."""
    if isinstance(value, Unusable):
        refuse(value.message)
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            refuse(str(error))
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(f"must be a duration: {DURATION_FORM}")
    return value


def parse_whole(value: object) -> int:
    """Return a whole number; `true` and `false` are refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        refuse("must be a whole number")
    return value


@dataclass(frozen=True)
class Between:
    """The inclusive range of a number, as a part of its type; the error message has both ends."""

    least: int
    most: int
    words: Callable[[int], str] = "{:,}".format

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the range after the number has been parsed."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the range to the JSON Schema."""
        return handler(core) | {"minimum": self.least, "maximum": self.most}

    def _check(self, value: int) -> int:
        if not self.least <= value <= self.most:
            refuse(f"must be from {self.words(self.least)} to {self.words(self.most)}")
        return value


def _exact(value: object) -> Fraction:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        refuse("must be a decimal number such as 0.85")
    if isinstance(value, Decimal) and not value.is_finite():
        refuse("must be a finite number")
    return Fraction(value)


def _share(value: object) -> Fraction:
    share = _exact(value)
    if not 0 <= share <= 1:
        refuse("must be from 0 to 1")
    return share


def _up_to(most: int, value: object) -> int:
    number = parse_whole(value)
    if not 0 <= number <= most:
        refuse(f"must be from 0 to {most}")
    return number


def _text(value: object) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value) if "E" not in str(value) else None  # an exponent would not be printed as written
    if not isinstance(value, str):
        refuse("must be text; quote it if it is meant as text")
    if not 0 < len(value) <= LONGEST_TEXT or any(category(character) == "Cc" for character in value):
        refuse(f"must have 1 to {LONGEST_TEXT} characters and no control characters")
    return value


def keyword_text(value: object) -> str:
    """Return the text of a keyword; refuse one with a phrase of which normalisation leaves nothing (FA-11)."""
    text = _text(value)
    if not all(normalise(phrase) for part in Keyword("", text).parts for phrase in part):
        refuse("must have a letter or digit: normalisation leaves nothing of it (FA-11)")
    return text


def _without_blanks(value: str) -> str:
    if any(character.isspace() for character in value):
        refuse("must not contain spaces")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        refuse("must be true or false")
    return value


def _host(value: str) -> str:
    try:
        return normalise_host(value)
    except UnusableRule:
        refuse(
            "must be a host name such as shop.example, without http:// and path, and not a public suffix such as com"
        )


def _hash(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{16}", value):
        refuse("must be a hash of 8 bytes in 16 hex digits")
    return value.lower()


def _pattern(value: object) -> str:
    """Return a regular expression; refuse features that have no linear running time (IF-19)."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATTERN:
        refuse(f"must be a regular expression of 1 to {LONGEST_PATTERN} characters")
    if any(match[1] is None for match in _UNLIMITED.finditer(value)):
        refuse("must not contain back-references, lookaround, conditionals, possessive or atomic parts (IF-19)")
    try:
        check_pattern(value)
    except UnusablePattern as error:
        refuse(f"must be a regular expression in RE2's syntax: {error}")
    return value


def key(default: Any, doc: str, unit: str | None = None, **more: Any) -> Any:  # noqa: ANN401 - as pydantic.Field
    """Return a key of the policy file: its default, its description, its unit."""
    return Field(default, description=doc, json_schema_extra={"unit": unit} if unit else None, **more)


DURATION_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^{DURATION_PATTERN}$"}]}
_SHARE_SCHEMA: dict[str, object] = {"type": "number", "minimum": 0, "maximum": 1}
_BITS_SCHEMA: dict[str, object] = {"type": "integer", "minimum": 0, "maximum": 64}
_PERCENT_SCHEMA = _BITS_SCHEMA | {"maximum": 100}

Duration = Annotated[
    int, BeforeValidator(parse_milliseconds), Between(0, LONGEST_MS, format_duration), WithJsonSchema(DURATION_SCHEMA)
]
PositiveDuration = Annotated[
    int, BeforeValidator(parse_milliseconds), Between(1, LONGEST_MS, format_duration), WithJsonSchema(DURATION_SCHEMA)
]
Whole = Annotated[int, BeforeValidator(parse_whole), Between(0, LARGEST)]
Counting = Annotated[int, BeforeValidator(parse_whole), Between(1, LARGEST)]
Bits = Annotated[int, PlainValidator(partial(_up_to, 64)), WithJsonSchema(_BITS_SCHEMA)]  # of a picture's hash
Percent = Annotated[int, PlainValidator(partial(_up_to, 100)), WithJsonSchema(_PERCENT_SCHEMA)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Text = Annotated[str, BeforeValidator(_text)]
Language = Literal["und", "ar", "de", "en", "es", "fr", "hi", "id", "it", "pt", "ru"]
KeywordText = Annotated[str, BeforeValidator(keyword_text)]
Version = Annotated[str, BeforeValidator(_text), AfterValidator(_without_blanks)]
Host = Annotated[str, BeforeValidator(_text), AfterValidator(_host)]
HashText = Annotated[str, BeforeValidator(_text), AfterValidator(_hash)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
Share = Annotated[Fraction, PlainValidator(_share), PlainSerializer(float), WithJsonSchema(_SHARE_SCHEMA)]
Weight = Annotated[
    Fraction,
    PlainValidator(_exact),
    Between(0, LARGEST),
    PlainSerializer(float),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
