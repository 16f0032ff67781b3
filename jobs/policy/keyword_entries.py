"""Lists of keywords in a policy file: the entries, and what they do with the default ones."""

from typing import ClassVar

from pydantic import Field, model_validator

from jobs.policy.section import Section
from jobs.policy.values import MOST_ENTRIES, KeywordText, Language, Text, Truth, key, refuse


class KeywordEntry(Section):
    """A keyword with options."""

    other_forms: ClassVar[tuple[dict[str, object], ...]] = ({"type": "string"}, {"type": "number"})

    text: KeywordText = Field(
        description="looked for after normalisation (FA-11); one / another: either; one + another: both (FA-78)"
    )
    id: Text | None = key(None, "its name in evidence; default: the text")
    anywhere: Truth | None = key(
        None, "whether it matches inside of words too; null: if it is Chinese, Japanese or Korean"
    )
    language: Language | None = key(
        None, "whose inflected forms it hits, too (FA-77); und: none; null: by its script, en for Latin"
    )

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: object) -> object:
        return value if isinstance(value, dict) else {"text": value}


class KeywordsSection(Section):
    """Changes of a list of default keywords; a plain list replaces them (FA-76)."""

    other_forms: ClassVar[tuple[dict[str, object], ...]] = ({"type": "array"},)

    only: tuple[KeywordEntry, ...] | None = key(
        None, "instead of the default keywords; a plain list means the same", max_length=MOST_ENTRIES
    )
    add: tuple[KeywordEntry, ...] = key((), "besides the default keywords", max_length=MOST_ENTRIES)
    drop: tuple[Text, ...] = key(
        (), "default keywords, also those of packs, that do not count: by text or id", max_length=MOST_ENTRIES
    )

    @model_validator(mode="before")
    @classmethod
    def _list_alone(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return {"only": value}
        if value is not None and not isinstance(value, dict | KeywordsSection):
            refuse("must be a list of keywords, or a mapping such as {add: [...], drop: [...]}")
        return value
