"""Keyword lists of a policy: its own keywords, those of its keyword files, those of packs."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from jobs.policy.errors import Fault, format_path, format_value
from jobs.policy.values import keyword_text
from operators.policy.keywords import Keyword, ScreenRules, distinct, listed_keywords, load_pack
from operators.text.normalisation import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from jobs.policy.friendship_age import FriendshipAgeSection
    from jobs.policy.keyword_entries import KeywordEntry, KeywordsSection
    from jobs.policy.yaml_document import Node
    from jobs.policy.yaml_document import Path as Place

MOST_FILE_BYTES = 4 << 20
MOST_FILE_LINES = 50_000


@dataclass(frozen=True, slots=True)
class KeywordFolder:
    """The folder of a policy file: its keyword files are relative to it, and below it unless `outside` is allowed."""

    path: Path
    outside: bool = False

    def resolve(self, name: str) -> Path:
        """Return the path of a keyword file, with links resolved. Raise ValueError for one that may not be read."""
        found = (self.path / name).resolve()
        if not self.outside and not found.is_relative_to(self.path.resolve()):
            message = "it is outside the policy's folder; move it there, or allow it with --allow-outside"
            raise ValueError(message)
        if found.exists() and not found.is_file():
            message = "it is no regular file"
            raise ValueError(message)
        return found


@dataclass(frozen=True, slots=True)
class ListedKeyword:
    """A keyword that a policy lists itself: its place in the policy, and how messages name it.

    A keyword of a file is named by its line, never by its text: the file may be any file.
    """

    keyword: Keyword
    place: Place
    line: int
    name: str


class KeywordLists:
    """All keyword lists of one policy. `faults`, `notes` (no faults) and `listed` are of those built so far."""

    def __init__(self, root: Node, base: KeywordFolder | None) -> None:
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self.listed: list[ListedKeyword] = []
        self._root = root
        self._base = base

    def friendship_age(self, section: FriendshipAgeSection) -> ScreenRules:
        """Return the rules of friendship age: own keywords, then those of files, then those of packs."""
        packed = [keyword for name in section.packs for keyword in load_pack(name)]
        listed = listed_keywords()
        place = ("friendship_age", "keywords")
        self._check_drops(section.keywords, (*listed, *packed), place)
        keywords = [*self._changed(section.keywords, listed, place), *self.read_files(section.keyword_files)]
        keywords += _without(section.keywords.drop, packed)
        return ScreenRules(
            distinct(keywords),
            frozenset(section.detectors),
            tuple(dict.fromkeys(section.shopping_hosts)),
            tuple(dict.fromkeys(section.identity_countries)),
            section.semantic.false_alarms_per_10000,
        )

    def others(
        self, given: KeywordsSection | None, place: Place, common: ScreenRules, hosts: Sequence[str] = ()
    ) -> ScreenRules:
        """Return the rules of another section: the keywords of `common`, or as it changes them; and hosts of links."""
        keywords = common.keywords
        if given is not None:
            self._check_drops(given, common.keywords, place)
            keywords = distinct(self._changed(given, common.keywords, place))
        return ScreenRules(keywords, frozenset({"keyword", "shopping_link"} if hosts else {"keyword"}), tuple(hosts))

    def _changed(self, given: KeywordsSection, default: Sequence[Keyword], place: Place) -> Iterator[Keyword]:
        """Yield the keywords that a section adds, behind the default ones that it leaves or its own instead (FA-76)."""
        texts: dict[str, str] = {}
        if given.only is None:
            yield from _without(given.drop, default)
        else:
            in_file = self._root.at(place)
            is_list = in_file is not None and isinstance(in_file.value, list)
            yield from self._listed_keywords(given.only, place if is_list else (*place, "only"), texts)
        yield from self._listed_keywords(given.add, (*place, "add"), texts)

    def _check_drops(self, given: KeywordsSection, default: Sequence[Keyword], place: Place) -> None:
        known = {name for keyword in default for name in _names(keyword)} if given.drop else set()
        for index, name in enumerate(given.drop):
            if normalise(name) not in known:
                similar = get_close_matches(name, [keyword.id for keyword in default], n=1)
                hint = f"; did you mean {format_value(similar[0])}?" if similar else ""
                message = f"{format_value(name)} is none of the default keywords: nothing is dropped{hint}"
                here = (*place, "drop", index)
                self.notes.append(Fault(format_path(here), self._root.line_of(here), message))

    def read_files(self, names: Sequence[str]) -> Iterator[Keyword]:
        """Yield the keywords of `friendship_age.keyword_files`."""
        for place, name in enumerate(names):
            yield from self._read_file(name, ("friendship_age", "keyword_files", place))

    def _listed_keywords(
        self, entries: Sequence[KeywordEntry], place: Place, texts: dict[str, str]
    ) -> Iterator[Keyword]:
        for index, entry in enumerate(entries):
            keyword = Keyword(entry.id or entry.text, entry.text, entry.anywhere, entry.language)
            if texts.setdefault(keyword.id, keyword.text) != keyword.text:
                self._fault(
                    (*place, index), f"id {format_value(keyword.id)} is that of another keyword; ids must differ"
                )
            yield self._list(keyword, (*place, index), format_value(keyword.text))

    def _read_file(self, name: str, place: Place) -> Iterator[Keyword]:
        if self._base is None:
            self._fault(
                place, f"{format_value(name)} cannot be read here: a published policy must contain its keywords"
            )
            return
        try:
            lines = _lines(self._base.resolve(name))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self._fault(place, f"{format_value(name)} must be a text file of keywords in UTF-8, one a line: {reason}")
            return
        for number, text in lines:
            line = f"{format_value(name)}, line {number}:"
            try:
                keyword = Keyword(text, keyword_text(text))
            except PydanticCustomError as error:
                self._fault(place, f"{line} {error.message()}")
            else:
                yield self._list(keyword, place, line)

    def _list(self, keyword: Keyword, place: Place, name: str) -> Keyword:
        self.listed.append(ListedKeyword(keyword, place, self._root.line_of(place), name))
        return keyword

    def _fault(self, place: Place, message: str) -> None:
        self.faults.append(Fault(format_path(place), self._root.line_of(place), message))


def _names(keyword: Keyword) -> set[str]:
    return {normalise(keyword.id), normalise(keyword.text)}


def _without(dropped: Sequence[str], keywords: Iterable[Keyword]) -> Iterator[Keyword]:
    names = frozenset(map(normalise, dropped))
    return (keyword for keyword in keywords if not names or names.isdisjoint(_names(keyword)))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers. Raise OSError or ValueError."""
    with path.open("rb") as file:
        data = file.read(MOST_FILE_BYTES + 1)
    lines = data.decode("utf-8-sig").split("\n")
    if len(data) > MOST_FILE_BYTES or len(lines) > MOST_FILE_LINES:
        message = f"more than {MOST_FILE_BYTES} bytes or {MOST_FILE_LINES} lines"
        raise ValueError(message)
    return ((number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
