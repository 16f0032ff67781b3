"""The list of commands that could not be carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from connectors.matrix.cli import app
from connectors.matrix.commands.failures import failures
from connectors.matrix.commands.ledger import Entry, Ledger, Status
from connectors.matrix.store import open_store
from jobs.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def test_what_failed_is_listed_while_the_connector_has_its_store__mx_22(tmp_path: Path) -> None:
    configuration = tmp_path / "matrix.yaml"
    configuration.write_text("homeserver: {address: 'http://127.0.0.1:1', server_name: kw.test}\n")
    with open_store(tmp_path / "matrix.db") as store:
        ledger = Ledger(store)
        for name, status, code in (("c1", Status.FAILED, "M_FORBIDDEN"), ("c2", Status.DONE, None)):
            ledger.begin(Entry(name, "Warn", "d1", "@rosa:kw.test", "", Status.BEGUN, {}))
            ledger.settle(name, status, code=code)
        listed = CliRunner().invoke(app, ["failed", "--config", str(configuration)], catch_exceptions=False)
    assert listed.exit_code == 0
    (line,) = listed.stdout.splitlines()
    assert line.split("  ")[1:] == ["Warn", "c1", "d1", "M_FORBIDDEN"]


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not the store of a connector"):
        failures(tmp_path / "matrix.db")
