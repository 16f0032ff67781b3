"""The demo's scenario: event files, the policy that decides about them, and the stories that they are told as.

They are event files like any other, and contain two bad records and a repeated one. Verification answers in them name
verifications by id, which depends on the policy's version, and so does the reviewer's answer in `review.jsonl`, by
which a decision is overturned. In `demands.jsonl` one friend writes in Spanish, another hides letters behind others, a
stranger wants a code, and one demand comes in four messages. In `lookalikes.jsonl` accounts imitate other people, one
with a cropped copy of a picture and a name that says `(backup)`. In `lost_child.jsonl` an incident is reported: a girl
is found alone at a fountain.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_NAMES: Final = ("people", "story", "demands", "lookalikes", "review", "lost_child")

EVENTS: Final = tuple(_HERE / f"{name}.jsonl" for name in _NAMES)
POLICY: Final = _HERE / "policy.yaml"
MATRIX_POLICY: Final = _HERE / "matrix.yaml"
"""The policy of the stories on a Matrix homeserver, which have no event files: people's clients make the events."""
STORIES: Final = _HERE / "stories.yaml"
