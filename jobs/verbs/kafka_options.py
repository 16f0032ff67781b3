"""Where is Kafka? The option that several verbs share. Key: none."""

from typing import Annotated

import typer

Bootstrap = Annotated[
    str, typer.Option("--bootstrap", metavar="HOST:PORT,...", envvar="KITHWARD_BOOTSTRAP", help="Kafka's brokers.")
]
HERE = "localhost:9092"
