"""The demo's scenario: event files, and the policy that decides about them.

They are event files like any other, and contain two bad records and a repeated one. Verification answers in them name
verifications by id, which depends on the policy's version. In `demands.jsonl` one friend writes in Spanish, another
hides letters behind others, a stranger wants a code, and one demand comes in four messages. In `lookalikes.jsonl`
accounts imitate other people, one with a cropped copy of a picture and a name that says `(backup)`. In
`lost_child.jsonl` an incident is reported: a girl is found alone at a fountain.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent

EVENTS: Final = tuple(_HERE / f"{name}.jsonl" for name in ("people", "story", "demands", "lookalikes", "lost_child"))
POLICY: Final = _HERE / "policy.yaml"
