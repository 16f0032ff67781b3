"""Options of `kithward run` alone."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.flink.delivery import Delivery
from schemas.json_framing import OutputFormat

Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help="Name of the job, its consumer group and its transactions.")
]
Local = Annotated[bool, typer.Option("--local", help="Run Flink in this process until stopped.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The policy in force before all published ones.")
]
Checkpoints = Annotated[
    str, typer.Option("--checkpoints", metavar="DIR", help="Directory or URI of the checkpoints; all machines see it.")
]
Parallelism = Annotated[
    int, typer.Option("--parallelism", min=1, help="Instances of each step: the number of task managers.")
]
Ahead = Annotated[
    int | None,
    typer.Option(
        "--ahead-ms",
        min=1,
        help="How far a partition may be read ahead of the slowest, in ms of event time. Default: 60000.",
    ),
]
From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="START",
        help="Where to begin to read without earlier state: earliest, latest, committed, or a TIME.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what the job would read and under which names, and submit nothing.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Start from the newest checkpoint, if there is one.")]
Supervise = Annotated[
    bool,
    typer.Option("--supervise", help="Stay, and resubmit the job when the job manager has lost it; implies --resume."),
]
Mappings = Annotated[
    list[Path] | None,
    typer.Option("--mapping", metavar="FILE", help="A mapping file of your own topics, which are read too; repeat it."),
]
FormerTopics = Annotated[
    list[str] | None,
    typer.Option("--former-topic", metavar="NAME", help="A topic that no mapping names any more; repeat it."),
]
Commands = Annotated[
    Delivery,
    typer.Option(
        "--commands",
        help="Delivery: with the next checkpoint, for read_committed consumers; or at once, with possible duplicates.",
    ),
]
Output = Annotated[
    OutputFormat,
    typer.Option("--output-format", help="Of decisions, commands and risk windows; dead letters stay as they came."),
]
Options = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of Flink; repeat it for several.")
]
