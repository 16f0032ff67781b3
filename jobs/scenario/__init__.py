"""Which story does the demo tell? Its files: who knows whom, what is said, and the policy by which it is judged.

`people.jsonl` and `story.jsonl` are event files like any other, two bad records and a repeated one included. Answers
in them name verifications by their ids, which follow from the policy's version.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent

EVENTS: Final = (_HERE / "people.jsonl", _HERE / "story.jsonl")
POLICY: Final = _HERE / "policy.yaml"
