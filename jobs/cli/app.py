"""The command line `kithward VERB`, also `python -m jobs VERB`: the verbs."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli import dead_letters, explain, replay, report, run, state, topics, verify, watch, whatif
from jobs.cli.command_line import NAME, CommandLine
from jobs.cli.demo.verb import demo
from jobs.cli.mapping import send
from jobs.cli.mapping import verbs as mapping
from jobs.cli.multi_value_options import MultiValueCommand
from jobs.cli.output.terminal import echo
from jobs.cli.policy import tuning, writing
from jobs.cli.policy import verbs as policy
from jobs.cli.verb_group import exit_codes
from jobs.deploy.installation import version as installed_version


def _print_version(*, wanted: bool) -> None:
    if wanted:
        echo(f"{NAME} {installed_version()}")
        raise typer.Exit


app = typer.Typer(
    cls=CommandLine,
    name=NAME,
    help="Protects people on a messaging platform from fraud by strangers, false friends and organised abusers.",
    epilog="Details and examples of a verb: kithward VERB --help",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo", epilog=exit_codes("a replay gives other outputs, or with --matrix an effect did not come"))(demo)
app.command("run", epilog=exit_codes("the job has failed"))(run.run)
app.command(
    "replay", cls=MultiValueCommand, epilog=exit_codes("a time in another unit, or with --strict a bad record")
)(replay.replay)
app.command("explain", epilog=exit_codes())(explain.explain)
app.command("watch", cls=MultiValueCommand, epilog=exit_codes())(watch.watch)
app.command("report", cls=MultiValueCommand, epilog=exit_codes("a time of --reviews in another unit"))(report.report)
app.command(
    "verify", cls=MultiValueCommand, epilog=exit_codes("some decisions are not the same, or a time is in another unit")
)(verify.verify)
app.command("whatif", cls=MultiValueCommand, epilog=exit_codes("a decision flips, or a time is in another unit"))(
    whatif.whatif
)
policy.app.command("new", epilog=exit_codes())(writing.new)
policy.app.command("diff", epilog=exit_codes("they differ"))(writing.diff)
policy.app.command("tune", cls=MultiValueCommand, epilog=exit_codes("a time in another unit"))(tuning.tune)
app.command(
    "send", epilog=exit_codes("some events could not be mapped, or are too large, and are not sent; or none is")
)(send.send)
app.add_typer(policy.app, name="policy")
app.add_typer(mapping.app, name="mapping")
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(state.app, name="state")

Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
]


@app.callback()
def options(version: Version = False) -> None:  # noqa: FBT002 - the option acts by its callback
    """Take the options that stand before a verb."""


def main() -> None:
    """Run the command line: the entry point of the console script."""
    app(prog_name=NAME)
