"""Exit codes and error output that all verbs share, those of connectors too.

Exit code 0: done; 1: a finding; 2: wrong use or bad input, reported in one line on standard error; 70: an error in
Kithward itself.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

import typer

from jobs.cli.output.terminal import echo
from jobs.cli.verb_group import VerbGroup
from jobs.errors import BadInput
from schemas.registry import RegistryUnavailable, SchemaRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "kithward"
TRACEBACK: Final = "KITHWARD_TRACEBACK"
"""The environment variable that asks for the stack trace of an internal error."""
_WRONG_USE: Final = 2
_INTERNAL_ERROR: Final = 70  # EX_SOFTWARE of sysexits.h: not to be taken for a finding
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141  # as shells report a program that SIGPIPE ended: neither done nor a finding


class CommandLine(VerbGroup):
    """All verbs, with the exit codes and the error output that they share."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Run a verb and exit. What the user did wrong is reported in one line."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **more)
        _escape_unencodable()
        try:
            code = super().main(args, standalone_mode=False, **more)
            if sys.stdout is not None:
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
    try:
        echo(f"{NAME}: {' '.join(message.split())}", err=True)
    except OSError:  # as on a full disk: the code says the same
        _drop_unwritten(sys.stderr, sys.__stderr__)
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
    """Exit with what the operating system refused."""
    _drop_unwritten(sys.stdout, sys.__stdout__)
    if isinstance(fault, BrokenPipeError):
        sys.exit(_BROKEN_PIPE)
    _fail(f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault), _WRONG_USE)


def _drop_unwritten(stream: TextIO | None, own: TextIO | None) -> None:
    """Drop what could not be written, unless somebody has replaced the stream: Python would retry it at exit."""
    if own is not None and stream is own:
        os.dup2(os.open(os.devnull, os.O_WRONLY), own.fileno())


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
