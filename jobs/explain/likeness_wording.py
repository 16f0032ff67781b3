"""English wording of the similarity of pictures and profiles. Accounts go by their ids, never by nicknames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jobs.explain.wording import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BITS: Final = 64
_NAMES: Final = {"common": "the same, which many people bear"}
_KINDS: Final = {
    "phash": "as they are (phash)",
    "phash_mirrored": "one of them mirrored (phash_mirrored)",
    "dhash": "by their brightness gradients (dhash)",
    "crop": "without borders, one of them cropped (crop)",
    "crop_mirrored": "without borders, one of them cropped and mirrored (crop_mirrored)",
}


def picture_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines on the similarity of two pictures: differing bits, kind of hash, quality."""
    bits, kind = found["distance"], found["kind"]
    yield f"{bits} of {_BITS} bits differ: {_share(found['similarity'])} alike"
    yield f"compared {_KINDS.get(kind, kind)}, version {found['version']}"
    yield f"quality of the picture under suspicion: {_quality(found)}"


def avatar_lines(avatar: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines that identify an avatar."""
    yield f"set {format_time(avatar['set_ms'])} by event {avatar['version']}"
    yield f"hash {avatar['hash']}, quality {_quality(avatar)}"
    if avatar.get("previous"):
        yield "it had been replaced when the message was sent"


def profile_lines(score: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines on the similarity of two profiles, part by part, and on their avatars."""
    yield profile_line(score)
    yield from (f"{name}: {part}" for name, part in score["parts"].items())
    if name := score.get("name"):
        yield f"names, as people see them: {_NAMES.get(name, name)}"
    if found := score.get("hash"):
        yield from (f"avatars: {line}" for line in picture_lines(found))
        yield f"avatars: set by the events {score['avatar_version']} and {score['lookalike_avatar_version']}"


def profile_line(score: Mapping[str, Any]) -> str:
    """Return a line with the similarity of two profiles."""
    because = ", ".join(score.get("reasons", ()))
    line = f"{score['lookalike']}: {_share(score['similarity'])} alike (exactly {score['exact']})"
    return f"{line}: {because}" if because else line


def _share(similarity: float) -> str:
    return f"{similarity:.2%}"


def _quality(found: Mapping[str, Any]) -> str:
    return "unknown" if found.get("quality") is None else f"{found['quality']} of 100"
