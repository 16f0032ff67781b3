"""Loading of mapping files: to a compiled mapping, or to all their faults."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.mapping.compilation import Compiler
from jobs.mapping.model import MappingFile
from jobs.policy.errors import InvalidPolicy
from jobs.policy.file import text_of
from jobs.policy.validation import validate_as
from jobs.policy.yaml_document import read

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.mapping.mapping import EventMapping
    from jobs.policy.errors import Fault

_EXPECTED: Final = "a mapping file has a list of rules"


class InvalidMapping(Exception):
    """A mapping file that is refused. `faults` has all its faults in order of their lines; at least one."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def load_mapping(path: Path) -> EventMapping:
    """Return the mapping of a file. Raise BadInput with its first fault."""
    try:
        return check_mapping(path)
    except InvalidMapping as invalid:
        first, *others = invalid.faults
        more = f" (and {len(others)} more: see kithward mapping check)" if others else ""
        raise BadInput(path, f"{first}{more}") from invalid


def check_mapping(path: Path) -> EventMapping:
    """Return the mapping of a file. Raise InvalidMapping with all its faults."""
    try:
        return parse_mapping(text_of(path))
    except InvalidPolicy as invalid:
        raise InvalidMapping(invalid.faults) from invalid


def parse_mapping(text: str) -> EventMapping:
    """Return the mapping of a YAML or JSON document. Raise InvalidMapping with all its faults."""
    try:
        root = read(text, _EXPECTED)
        model = validate_as(MappingFile, root)
    except InvalidPolicy as invalid:
        raise InvalidMapping(invalid.faults) from invalid
    compiler = Compiler(root)
    mapping = compiler.mapping(model, hashlib.sha256(text.encode()).digest())
    if compiler.faults:
        raise InvalidMapping(tuple(sorted(compiler.faults, key=lambda fault: fault.line or 0)))
    return mapping
