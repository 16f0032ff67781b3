"""Which story does the demo tell? Its files: who knows whom, what is said, and the policy by which it is judged.

All are event files like any other, two bad records and a repeated one included. Answers in them name verifications by
their ids, which follow from the policy's version. `lookalikes.jsonl` tells of those who look like somebody else.
`lost_child.jsonl` tells of an incident: a girl is found alone at a fountain.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent

EVENTS: Final = tuple(_HERE / f"{name}.jsonl" for name in ("people", "story", "lookalikes", "lost_child"))
POLICY: Final = _HERE / "policy.yaml"
