"""Output of the tool: one module writes to the terminal, so that nothing gets there unescaped."""

from __future__ import annotations

import ast

from tests.architecture.source import Source, sources

TERMINAL = "jobs/cli/output/terminal.py"
NO_VERBS = {"jobs/deploy/bundle.py"}
"""What only a target of make runs."""
WRITERS = {"Console", "print", "typer.echo", "typer.secho", "click.echo", "sys.stdout.write", "sys.stderr.write"}


def calls(source: Source) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}


def test_only_one_module_writes_to_the_terminal() -> None:
    writing = [source.name for source in sources("jobs") if calls(source) & WRITERS]
    assert set(writing) <= {TERMINAL, *NO_VERBS}


def test_the_module_that_writes_to_the_terminal_is_found() -> None:
    [terminal] = [source for source in sources("jobs") if source.name == TERMINAL]
    assert "typer.echo" in calls(terminal)
