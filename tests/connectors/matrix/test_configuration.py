"""Configuration, registration and command line: what is wrong is named with its place."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from connectors.matrix.configuration import Avatars, load_settings
from connectors.matrix.registration import load_registration, load_token, write_registration
from connectors.matrix.store import open_store
from jobs.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

LEAST = "homeserver: {address: http://127.0.0.1:8008, server_name: kith.example}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "matrix.yaml"
    path.write_text(text)
    return path


def test_the_least_configuration_has_a_default_for_everything_else(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, LEAST))
    assert settings.given.avatars is Avatars.PICTURE
    assert settings.given.moderation_room is None
    assert (settings.registration, settings.store) == (tmp_path / "registration.yaml", tmp_path / "matrix.db")
    assert settings.brokers().bootstrap == "localhost:9092"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("homeserver: [", "matrix.yaml:1: is not YAML"),
        ("", "matrix.yaml: Expected `object`, got `null`"),
        ("{}", "matrix.yaml: Object missing required field `homeserver`"),
        (f"{LEAST}stroe: x", "matrix.yaml: Object contains unknown field `stroe`"),
        (f"{LEAST}listen: {{port: 0}}", "matrix.yaml: listen.port: Expected `int` >= 1"),
        (f"{LEAST}avatars: none", "matrix.yaml: avatars: Invalid enum value 'none'"),
        (f"{LEAST}moderation_room: '#room:x'", "matrix.yaml: moderation_room: Expected `str` matching regex"),
        (LEAST.replace("http:", "ftp:"), "matrix.yaml: homeserver.address: Expected `str` matching regex"),
        ("x" * 70_000, "matrix.yaml: is larger than 65,536 characters"),
    ],
)
def test_an_invalid_configuration_is_named_by_file_and_key(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(BadInput, match=r"matrix\.yaml") as raised:
        load_settings(written(tmp_path, text))
    assert fault in str(raised.value)


def test_a_registration_has_new_tokens_and_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, LEAST))
    write_registration(settings.registration, settings.given)
    assert stat.S_IMODE(settings.registration.stat().st_mode) == 0o600
    found = load_registration(settings.registration)
    assert found.login("kith.example") == ("@kithward:kith.example", found.as_token)
    assert len({found.as_token, found.hs_token}) == 2
    content = yaml.safe_load(settings.registration.read_text())
    assert content["url"] == "http://127.0.0.1:29411"
    assert content["namespaces"]["users"] == [{"exclusive": False, "regex": r"@.*:kith\.example$"}]
    with pytest.raises(BadInput, match="exists already"):
        write_registration(settings.registration, settings.given)


def test_an_empty_token_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registration.yaml"
    path.write_text("{id: kithward, as_token: x, hs_token: '', sender_localpart: kithward}")
    with pytest.raises(BadInput, match="hs_token: Expected `str` of length >= 1"):
        load_registration(path)


@pytest.mark.parametrize("token", ["two words", "with\\nlines", "at-the-end\\n", "t\u00f6ken", "nul\\0"])
def test_a_token_that_cannot_be_sent_is_refused(tmp_path: Path, token: str) -> None:
    path = tmp_path / "registration.yaml"
    path.write_text(f'{{id: kithward, as_token: "{token}", hs_token: x, sender_localpart: kithward}}')
    with pytest.raises(BadInput, match=r"registration\.yaml: as_token: Expected `str` matching regex"):
        load_registration(path)


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "two words", "t\u00f6ken"])
def test_a_file_that_holds_no_token_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    with pytest.raises(BadInput, match="token: is not one line with an access token"):
        load_token(path)
    path.write_text("syt_abc\n")
    assert load_token(path) == "syt_abc"


def test_one_connector_at_a_time_has_a_store(tmp_path: Path) -> None:
    with open_store(tmp_path / "matrix.db"), pytest.raises(BadInput, match="another connector"):
        open_store(tmp_path / "matrix.db").__enter__()
    (tmp_path / "other.db").write_text("no database, but long enough to be taken for one" * 20)
    with pytest.raises(BadInput, match="cannot be opened as a store"):
        open_store(tmp_path / "other.db").__enter__()


def test_a_store_is_for_its_owner_only(tmp_path: Path) -> None:
    with open_store(tmp_path / "matrix.db") as store:
        store.set_position("x", 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("matrix.db*")}
    assert {name: mode for name, mode in modes.items() if not name.endswith(".lock")} == {
        "matrix.db": 0o600,
        "matrix.db-wal": 0o600,
        "matrix.db-shm": 0o600,
    }


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path / "matrix.db") as store:
        store.run("PRAGMA user_version = 99")
    with pytest.raises(BadInput, match="another version of the connector: 99"):
        open_store(tmp_path / "matrix.db").__enter__()


def test_what_is_wrong_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "connectors.matrix", "run", "--config", str(tmp_path / "none.yaml"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"kithward: {tmp_path / 'none.yaml'}: no such file or directory\n"
