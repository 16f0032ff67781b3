"""Which recorded events? The options that several verbs share. Key: none."""

from pathlib import Path
from typing import Annotated

import typer

EventFiles = Annotated[
    list[Path], typer.Option("--events", metavar="FILE...", help="Event files: JSON lines, or Avro if named .avro.")
]
FirstPolicy = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="In force from the beginning. Default: the defaults.")
]
