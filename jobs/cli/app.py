"""What can be asked of Kithward on the command line? `kithward VERB`, also `python -m jobs VERB`. Key: the verb.

Exit code 0: done; 1: a finding; 2: wrong use or bad input, said on one line of the standard error.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup

from jobs.cli import dead_letters, demo, explain, policy, replay, report, run, state, topics, verify, whatif
from jobs.cli.multi_value_options import MultiValueCommand
from jobs.errors import BadInput
from schemas.registry import RegistryUnavailable, SchemaRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "kithward"
_WRONG_USE = 2
_INTERRUPTED = 130
_READER_GONE = 141  # what a shell says of a program that SIGPIPE has ended: neither done nor a finding


class Tool(TyperGroup):
    """The verbs together, and how all of them fail."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Run a verb and exit; what the user did wrong is said on one line."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **more)
        _escape_unencodable()
        try:
            code = super().main(args, standalone_mode=False, **more)
            sys.stdout.flush()
        except typer.TyperException as fault:
            _fail(fault.format_message().removesuffix("."), _WRONG_USE)
        except (BadInput, RegistryUnavailable, SchemaRefused) as fault:
            _fail(str(fault), _WRONG_USE)
        except OSError as fault:
            _exit_on_os_error(fault)
        except typer.Abort:
            _fail("interrupted", _INTERRUPTED)
        except SystemExit as end:
            # This is how Typer ends where nobody reads on what is printed.
            sys.exit(_READER_GONE if isinstance(end.__context__, BrokenPipeError) else end.code)
        if code == _INTERRUPTED:
            _fail("interrupted", code)
        sys.exit(code or 0)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"{NAME}: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _exit_on_os_error(fault: OSError) -> NoReturn:
    """End because the system has refused something. What could not be printed is let go: Python would try it again."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
    if isinstance(fault, BrokenPipeError):
        sys.exit(_READER_GONE)
    _fail(f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault), _WRONG_USE)


def _escape_unencodable() -> None:
    """Let what a terminal's encoding does not have be written as an escape, instead of failing at it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


app = typer.Typer(
    cls=Tool,
    name=NAME,
    help="Protects people on a messaging platform from fraud by strangers, false friends and organised abusers.",
    epilog="Each verb says more: kithward VERB --help",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("replay", cls=MultiValueCommand)(replay.replay)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.command("verify", cls=MultiValueCommand)(verify.verify)
app.command("whatif", cls=MultiValueCommand)(whatif.whatif)
app.add_typer(policy.app, name="policy")
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(state.app, name="state")


def main() -> None:
    """Run the tool: the console script's way in."""
    app(prog_name=NAME)
