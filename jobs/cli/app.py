"""The command line `kithward VERB`, also `python -m jobs VERB`: the verbs, exit codes and error output.

Exit code 0: done; 1: a finding; 2: wrong use or bad input, reported in one line on standard error; 70: an error in
Kithward itself.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from jobs.cli import dead_letters, demo, explain, replay, report, run, state, topics, verify, watch, whatif
from jobs.cli.mapping import send
from jobs.cli.mapping import verbs as mapping
from jobs.cli.multi_value_options import MultiValueCommand
from jobs.cli.output.terminal import echo
from jobs.cli.policy import verbs as policy
from jobs.cli.policy import writing
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.deploy.installation import version as installed_version
from jobs.errors import BadInput
from schemas.registry import RegistryUnavailable, SchemaRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "kithward"
TRACEBACK: Final = "KITHWARD_TRACEBACK"
"""The environment variable that asks for the stack trace of an internal error."""
_WRONG_USE = 2
_INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h: not to be taken for a finding
_INTERRUPTED = 130
_BROKEN_PIPE = 141  # as shells report a program that SIGPIPE ended: neither done nor a finding


class CommandLine(VerbGroup):
    """All verbs, with the exit codes and the error output that they share."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Run a verb and exit. What the user did wrong is reported in one line."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **more)
        _escape_unencodable()
        try:
            code = super().main(args, standalone_mode=False, **more)
            sys.stdout.flush()
        except SystemExit as end:
            # Typer exits like this where the reader of the output has gone.
            sys.exit(_BROKEN_PIPE if isinstance(end.__context__, BrokenPipeError) else end.code)
        except Exception as fault:  # noqa: BLE001 - Python's own exit code would be that of a finding
            _exit_on_fault(fault)
        if code == _INTERRUPTED:
            _fail("interrupted", code)
        sys.exit(code or 0)


def _fail(message: str, code: int) -> NoReturn:
    echo(f"{NAME}: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _exit_on_fault(fault: Exception) -> NoReturn:
    match fault:
        case typer.TyperException():
            _fail(fault.format_message().removesuffix("."), _WRONG_USE)
        case typer.Abort():
            _fail("interrupted", _INTERRUPTED)
        case BadInput() | RegistryUnavailable() | SchemaRefused():
            _fail(str(fault), _WRONG_USE)
        case OSError():
            _exit_on_os_error(fault)
        case _:
            _exit_on_internal_error(fault)


def _exit_on_os_error(fault: OSError) -> NoReturn:
    """Exit with what the operating system refused. Unwritten output is dropped: Python would retry it at exit."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
    if isinstance(fault, BrokenPipeError):
        sys.exit(_BROKEN_PIPE)
    _fail(f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault), _WRONG_USE)


def _exit_on_internal_error(fault: Exception) -> NoReturn:
    """Exit with the type and the place of an error that nobody foresaw; its text may quote messages."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(fault)
    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}"
    _fail(
        f"an error in {NAME} itself: {type(fault).__name__} in {place}; please report it. With {TRACEBACK}=1 in the "
        "environment the stack trace is printed, which may quote your data",
        _INTERNAL_ERROR,
    )


def _escape_unencodable() -> None:
    """Make output escape characters that the terminal's encoding lacks, instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
app.command("demo", epilog=exit_codes("a replay gives other outputs"))(demo.demo)
app.command("run", epilog=exit_codes("the job has failed"))(run.run)
app.command(
    "replay", cls=MultiValueCommand, epilog=exit_codes("a time in another unit, or with --strict a bad record")
)(replay.replay)
app.command("explain", epilog=exit_codes())(explain.explain)
app.command("watch", cls=MultiValueCommand, epilog=exit_codes())(watch.watch)
app.command("report", epilog=exit_codes())(report.report)
app.command("verify", cls=MultiValueCommand, epilog=exit_codes("some decisions are not the same"))(verify.verify)
app.command("whatif", cls=MultiValueCommand, epilog=exit_codes("a decision flips"))(whatif.whatif)
policy.app.command("new", epilog=exit_codes())(writing.new)
policy.app.command("diff", epilog=exit_codes("they differ"))(writing.diff)
app.command("send", epilog=exit_codes("some events could not be mapped, and are not sent"))(send.send)
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
