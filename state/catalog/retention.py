"""How long entries are kept, in the words of the documentation, where several capabilities share the time."""

from typing import Final

REMOVAL_MEMORY: Final = "`common.removal_memory_ms`"
UNTIL_ERASURE: Final = "until one of the two accounts is erased"
