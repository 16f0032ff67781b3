"""Generated records: they match the schemas, and the generator detects stale files."""

from pathlib import Path

import pytest
from msgspec.structs import fields

from schemas import generate
from schemas.records import RECORDS, FriendAdded, MessageSent
from schemas.schema_versions import CURRENT, Release


def test_the_generated_files_are_current() -> None:
    assert generate.stale_files() == {}
    assert generate.main(["--check"]) == 0


def test_a_stale_file_is_listed_by_check_and_rewritten_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "stale: messages.py" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_one_name_for_two_different_enums_is_refused() -> None:
    def release(name: str, symbols: list[str]) -> Release:
        kind = {"type": "enum", "name": "Kind", "doc": "D.", "symbols": symbols}
        schema = {"type": "record", "name": name, "fields": [{"name": "kind", "type": kind, "doc": "K."}]}
        return Release(name=name, version=1, topic="t", schema=schema, header=b"")

    with pytest.raises(ValueError, match="B: Kind differs"):
        generate.shared_types([release("A", ["X"]), release("B", ["Y"])])


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_record_has_the_fields_of_its_schema_in_their_order(name: str) -> None:
    kind = RECORDS[name]
    assert [field.name for field in fields(kind)] == [field["name"] for field in CURRENT[name].schema["fields"]]


def test_a_record_is_a_value() -> None:
    message = MessageSent(event_id="e", at_ms=1, sender_id="s", text="t")
    assert message == MessageSent(event_id="e", at_ms=1, sender_id="s", text="t")
    assert not hasattr(message, "__dict__")
    with pytest.raises(AttributeError, match="immutable"):
        message.text = "other"  # type: ignore[misc]


def test_defaults_are_those_of_the_contract() -> None:
    added = FriendAdded(event_id="e", at_ms=1, account_id="a", friend_id="f")
    assert (added.mutual, added.since_ms) == (True, None)
