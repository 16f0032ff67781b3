"""Command line: `python -m bench.recogniser` trains the recogniser, and writes the model that ships."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bench.recogniser.lines import all_lines
from bench.recogniser.training import train
from jobs.deploy.installation import ROOT
from operators.recogniser.model import LEVELS_FILE, WEIGHTS_FILE

if TYPE_CHECKING:
    from operators.recogniser.model import Model

FOLDER: Final = ROOT / "operators" / "recogniser" / "model"


def write(model: Model) -> None:
    """Write the files of a model."""
    FOLDER.joinpath(WEIGHTS_FILE).write_bytes(model.weights.tobytes())
    levels = {script.name: asdict(each) for script, each in model.levels.items()}
    told = {"version": model.version, "levels": levels, "triggers": model.triggers, "words": " ".join(model.words)}
    FOLDER.joinpath(LEVELS_FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    write(train(all_lines()))
