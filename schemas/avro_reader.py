"""How are Avro bytes read? By functions `(data, at) -> (value, end)`, composed once per schema.

Stricter than the general libraries, because the bytes are anybody's: every length is checked against the bytes that
are left before anything is allocated, so that time and memory are bounded by the message's size. What is wrong is
raised as `Malformed`; an `IndexError` (the bytes end) is translated by the record reader, which knows the field.
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final

from schemas.malformed import Malformed, Reason

Read = Callable[[bytes, int], tuple[Any, int]]
"""Reads one value that begins at an offset; returns it with the offset after it."""

TRUNCATED: Final = "the bytes end too early"
_FLOAT: Final = Struct("<f")
_DOUBLE: Final = Struct("<d")
_LAST_SHIFT: Final = 63
"""A 64-bit number has at most ten groups of seven bits; the tenth, at this shift, holds a single bit."""


def undecodable(fault: str) -> Malformed:
    """A fault of the bytes themselves; who knows the field adds it."""
    return Malformed(Reason.UNDECODABLE, fault)


def read_null(_data: bytes, at: int) -> tuple[None, int]:
    """Nothing, in no bytes."""
    return None, at


def read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    """One byte, zero or one."""
    if data[at] > 1:
        raise undecodable("neither true nor false")
    return data[at] == 1, at + 1


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """A zig-zag number of seven bits a byte, at most 64 bits."""
    byte = data[at]
    number = byte & 127
    shift = 0
    while byte > 127:  # noqa: PLR2004
        at += 1
        shift += 7
        byte = data[at]
        if shift == _LAST_SHIFT and byte > 1:
            raise undecodable("a number beyond 64 bits")
        number |= (byte & 127) << shift
    return (number >> 1) ^ -(number & 1), at + 1


def read_int(data: bytes, at: int) -> tuple[int, int]:
    """A number that fits into 32 bits."""
    number, at = read_long(data, at)
    if not -(2**31) <= number < 2**31:
        raise undecodable("a number beyond 32 bits")
    return number, at


def read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """As many bytes as a number before them says."""
    size, start = read_long(data, at)
    end = start + size
    if size < 0:
        raise undecodable("a negative length")
    if end > len(data):
        raise undecodable(TRUNCATED)
    return data[start:end], end


def read_string(data: bytes, at: int) -> tuple[str, int]:
    """UTF-8 text; surrogates are no text."""
    size = data[at]
    if size > 127 or size & 1:  # noqa: PLR2004
        value, end = read_bytes(data, at)
    else:  # Most strings are short: their length is one byte.
        end = at + 1 + (size >> 1)
        if end > len(data):
            raise undecodable(TRUNCATED)
        value = data[at + 1 : end]
    try:
        return value.decode(), end
    except UnicodeDecodeError:
        raise undecodable("no valid UTF-8") from None


def _number(form: Struct) -> Read:
    def read(data: bytes, at: int) -> tuple[float, int]:
        end = at + form.size
        if end > len(data):
            raise undecodable(TRUNCATED)
        return form.unpack_from(data, at)[0], end

    return read


read_float: Final = _number(_FLOAT)
read_double: Final = _number(_DOUBLE)


def fixed(size: int) -> Read:
    """Bytes of a size that the schema says."""

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        if at + size > len(data):
            raise undecodable(TRUNCATED)
        return data[at : at + size], at + size

    return read


def _choice(data: bytes, at: int, among: int) -> tuple[int, int]:
    index, at = read_long(data, at)
    if not 0 <= index < among:
        raise undecodable("a choice that the schema does not have")
    return index, at


def enum(members: Sequence[Any]) -> Read:
    """One of the members, in the order of the writer's symbols; None stands for a symbol that we do not have."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        index, at = _choice(data, at, len(members))
        member = members[index]
        if member is None:
            raise undecodable("a symbol that the field does not have")
        return member, at

    return read


def union(branches: Sequence[Read]) -> Read:
    """A value by one of the branches, in the writer's order."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        index, at = _choice(data, at, len(branches))
        return branches[index](data, at)

    return read


def nullable(value: Read, null_at: int) -> Read:
    """A union of null (branch `null_at`, 0 or 1) and something: nearly all unions there are, so it has its own way."""
    null, present = null_at * 2, 2 - null_at * 2

    def read(data: bytes, at: int) -> tuple[Any, int]:
        branch = data[at]
        if branch == null:
            return None, at + 1
        if branch == present:
            return value(data, at + 1)
        raise undecodable("a choice that the schema does not have")

    return read


def array(item: Read, smallest: int) -> Read:
    """Blocks of items, none of which has less than `smallest` (> 0) bytes."""

    def read(data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        items: list[Any] = []
        count, at = read_long(data, at)
        while count:
            end = None
            if count < 0:  # A block that also tells its size in bytes.
                size, at = read_long(data, at)
                count, end = -count, at + size
            if count * smallest > len(data) - at:
                raise undecodable(TRUNCATED)
            for _ in range(count):
                value, at = item(data, at)
                items.append(value)
            if end not in (None, at):
                raise undecodable("a block of another size than it says")
            count, at = read_long(data, at)
        return tuple(items), at

    return read


def mapping(value: Read, smallest: int) -> Read:
    """Blocks of text and value; of equal texts the last counts."""

    def entry(data: bytes, at: int) -> tuple[tuple[str, Any], int]:
        key, at = read_string(data, at)
        content, at = value(data, at)
        return (key, content), at

    entries = array(entry, smallest + 1)

    def read(data: bytes, at: int) -> tuple[dict[str, Any], int]:
        pairs, at = entries(data, at)
        return dict(pairs), at

    return read


def record(names: Sequence[str], fields: Sequence[Read], make: Callable[[list[Any]], Any]) -> Read:
    """One value per field, in the writer's order, given to `make`. A fault gets the field's name."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        values: list[Any] = []
        try:
            for field in fields:
                value, at = field(data, at)
                values.append(value)
        except Malformed as fault:
            raise fault.within(names[len(values)]) from None
        except IndexError:
            raise undecodable(TRUNCATED).within(names[len(values)]) from None
        return make(values), at

    return read
