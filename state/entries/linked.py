"""Value of an entry of a linked set (`state.linked_sets`), and its codec."""

from typing import Final

from msgspec import Struct

from state.codecs import struct_codec


class Linked(Struct, frozen=True):
    """The neighbours of a member, empty at the ends. At the head: the last and the first member, and their number."""

    before: str = ""
    after: str = ""
    size: int = 0


LINKED_CODEC: Final = struct_codec(Linked)
