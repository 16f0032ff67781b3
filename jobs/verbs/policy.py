"""`kithward policy`: policy files, before they are in force."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from jobs.plain_words import duration_of
from jobs.policy_file import Fault, InvalidPolicy, load
from jobs.policy_file import schema as json_schema
from jobs.policy_support import UNOBEYED, unobeyed
from operators.policy import Band, Policy

_BAD_INPUT = 2

app = typer.Typer(help="Check policy files; print their schema.", rich_markup_mode=None)


@app.callback()
def policies() -> None:
    """Check policy files; print their schema."""


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file, YAML or JSON.")]) -> None:
    r"""Say whether a policy file is valid; if not, every fault with its line, key and what would be right.

    \b
    Examples:
      kithward policy check policy.yaml
    """
    try:
        policy = load(file)
    except InvalidPolicy as invalid:
        for fault in invalid.faults:
            typer.echo(_said(file, fault), err=True)
        raise typer.Exit(_BAD_INPUT) from invalid
    typer.echo(f"{file}: {_summary(policy)}")
    for warning in _warnings(policy):
        typer.echo(f"{file}: warning: {warning}", err=True)


@app.command()
def schema() -> None:
    r"""Print the JSON Schema of policy files, by which editors complete and explain keys.

    \b
    Examples:
      kithward policy schema > policy.json
    """
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _said(file: Path, fault: Fault) -> str:
    place = f"{file}" if fault.line is None else f"{file}:{fault.line}"
    return ": ".join(part for part in (place, fault.key, fault.message) if part)


def _summary(policy: Policy) -> str:
    rules = policy.friendship_age
    bands = "; ".join(map(_band, rules.bands))
    return f"valid, version {policy.version}, {len(rules.screen.keywords):,} keywords, bands: {bands}"


def _band(band: Band) -> str:
    end = "on" if band.to_ms is None else f"to {duration_of(band.to_ms)}"
    begin = duration_of(band.from_ms) if band.from_ms else "0"
    return f"from {begin} {end} {band.outcome}"


def _warnings(policy: Policy) -> Iterator[str]:
    yield from (f"{key}: {UNOBEYED}" for key in unobeyed(policy))
    sections = ("friendship_age", "avatar_impersonation", "invite_forest", "event_group")
    if not any(getattr(policy, name).enabled for name in sections):
        yield "nothing is enabled: this policy decides nothing"
    rules = policy.friendship_age
    if not rules.enabled:
        return
    if not rules.screen.detectors:
        yield "friendship_age.detectors is empty: no message is ever suspicious"
    if "keyword" in rules.screen.detectors and not rules.screen.keywords:
        yield "friendship_age has no keywords: its detector keyword finds nothing"
    if "shopping_link" in rules.screen.detectors and not rules.screen.shopping_hosts:
        yield "friendship_age.shopping_hosts is empty: its detector shopping_link finds nothing"
