"""Keyword files: below the policy's own folder unless more is allowed, and never quoted (C-20)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from jobs.policy.file import InvalidPolicy, embed_keyword_files, load
from tests.support.given import HOUR, NOON, contents, kithward, message, policy_event, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = "root:x:0:0:root"
REFUSED = "it is outside the policy's folder; move it there, or allow it with --allow-outside"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy's folder, with a file beside it that is none of its business."""
    written(tmp_path / "secret.txt", [ENTRY, "---"])
    (tmp_path / "policies").mkdir()
    return tmp_path / "policies"


def policy(folder: Path, name: object) -> Path:
    return written(folder / "policy.yaml", ["version: v", f"friendship_age: {{packs: [], keyword_files: ['{name}']}}"])


def refusal(path: Path) -> str:
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    assert (refused.value.key, refused.value.line) == ("friendship_age.keyword_files[0]", 2)
    assert ENTRY not in str(refused.value)
    return refused.value.message


def test_a_file_outside_of_the_folder_is_refused__c_20(folder: Path) -> None:
    for name in ("../secret.txt", folder.parent / "secret.txt", "sub/../../secret.txt", "../nowhere.txt"):
        assert REFUSED in refusal(policy(folder, name))


def test_a_link_out_of_the_folder_is_refused_and_one_within_it_is_read__c_20(folder: Path) -> None:
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent)
    for name in ("out.txt", "up/secret.txt"):
        assert REFUSED in refusal(policy(folder, name))
    written(folder / "words.txt", ["moon landing"])
    (folder / "in.txt").symlink_to(folder / "words.txt")
    assert "moon landing" in {keyword.text for keyword in load(policy(folder, "in.txt")).friendship_age.screen.keywords}


def test_a_folder_that_is_a_link_itself_is_the_policys_folder(folder: Path) -> None:
    written(folder / "words.txt", ["moon landing"])
    policy(folder, "words.txt")
    (folder.parent / "mounted").symlink_to(folder)
    assert load(folder.parent / "mounted" / "policy.yaml").friendship_age.screen.keywords


def test_a_file_outside_is_read_where_that_is_allowed_and_not_quoted__c_20(folder: Path) -> None:
    path = policy(folder, "../secret.txt")
    with pytest.raises(InvalidPolicy) as refused:
        load(path, outside=True)
    assert refused.value.message.startswith('"../secret.txt", line 2: must have a letter or digit')
    assert ENTRY not in str(refused.value)
    written(folder.parent / "secret.txt", [ENTRY])
    assert ENTRY in embed_keyword_files(path, outside=True)


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "it is no regular file" in refusal(policy(folder, "pipe"))


def test_every_verb_that_loads_a_policy_takes_the_option(folder: Path) -> None:
    written(folder.parent / "secret.txt", [ENTRY])
    path, plain = policy(folder, "../secret.txt"), written(folder / "plain.yaml", ["version: p"])
    events = written(folder / "events.jsonl", [message("m", NOON + HOUR, "hello")])
    out, allowed = folder / "out", "--allow-outside"
    kithward("replay", "--events", events, "--out", out)
    kithward("replay", "--events", events, "--out", folder / "first", "--state", folder / "state")
    replay = ("replay", "--events", events, "--out", out)
    verify = ("verify", "--decisions", out / "decisions.jsonl", "--events", events)
    whatif = ("whatif", "--events", events)
    for verb in (
        (*replay, "--policy", path),
        (*replay, "--shadow", path),
        (*verify, "--policy", path),
        (*verify, "--shadow", path),
        (*whatif, "--policy", path),
        (*whatif, "--policy", plain, "--against", path),
        (*whatif, "--policy", path, "--state", folder / "state"),
    ):
        assert REFUSED in the_one_line(kithward(*verb))
        assert kithward(*verb, allowed).exit_code == 0, verb
    assert REFUSED in kithward("policy", "check", path).stderr
    assert kithward("policy", "check", path, allowed).exit_code == 0
    assert REFUSED in kithward("policy", "publish", path).stderr
    for verb in (("policy", "publish", path, "--at", "never"), ("run", "--policy", path, "--set", "novalue")):
        assert REFUSED not in kithward(*verb, allowed).stderr


def test_a_published_policy_reads_no_file__c_20(folder: Path) -> None:
    (folder / "words.txt").write_text("moon landing", "utf-8")
    document = "{version: v, friendship_age: {keyword_files: [words.txt, /etc/passwd]}}"
    events = written(folder / "events.jsonl", [policy_event("v", document)])
    kithward("replay", "--events", events, "--out", folder / "out", "--allow-outside")
    letter = json.loads(contents(folder / "out")["dead-letters"])
    assert letter["reason"] == "INVALID_POLICY"
    assert letter["message"].count("must contain its keywords") == 2
