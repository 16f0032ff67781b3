"""Configuration of the connector: a YAML file, whose paths are relative to its own folder."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
import yaml
from msgspec import Meta, Struct

from jobs.errors import BadInput
from jobs.kafka.client_config import load_brokers
from jobs.kafka.topic_names_file import load_topic_names
from jobs.small_files import read_small_text
from schemas.codec import Framing, SingleObjectFraming
from schemas.confluent import ConfluentFraming
from schemas.registry import Registry

if TYPE_CHECKING:
    from jobs.kafka.client_config import Brokers

_Model = TypeVar("_Model")

_PLACE: Final = re.compile(r"(?P<fault>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)

Port = Annotated[int, Meta(ge=1, le=65_535)]
Address = Annotated[str, Meta(pattern=r"^https?://\S+$")]


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the configuration: a key that it does not have is an error."""


class HomeserverPart(Part, frozen=True):
    """The homeserver: its address, and the name that its users' ids end with."""

    address: Address
    server_name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:\[\]-]{1,230}$")]


class ListenPart(Part, frozen=True):
    """Where the connector waits for the homeserver; `url` is that address as the homeserver reaches it."""

    host: str = "127.0.0.1"
    port: Port = 29411
    url: Address | None = None


class KafkaPart(Part, frozen=True):
    """The brokers, as for `kithward run`."""

    bootstrap: str = "localhost:9092"
    config: str | None = None
    topic_prefix: str = ""
    topics: str | None = None
    registry: str | None = None


class GatewayPart(Part, frozen=True):
    """The service that reaches people outside Matrix; both sides show the token of at least 16 characters."""

    address: Address
    token: Annotated[str, Meta(pattern=r"^[\x21-\x7e]{16,256}\Z")]


class Avatars(StrEnum):
    """What is sent of an avatar: a picture of at most 320 x 240 pixels, which the job hashes, or its hash alone."""

    PICTURE = "picture"
    HASH = "hash"


class Configuration(Part, frozen=True):
    """The whole file."""

    homeserver: HomeserverPart
    registration: str = "registration.yaml"
    store: str = "matrix.db"
    listen: ListenPart = ListenPart()
    kafka: KafkaPart = KafkaPart()
    gateway: GatewayPart | None = None
    moderation_room: Annotated[str, Meta(pattern=r"^!\S{1,254}$")] | None = None
    avatars: Avatars = Avatars.PICTURE
    reports_every_s: Annotated[float, Meta(ge=0.1, le=3600)] = 10.0


class Settings:
    """The configuration of a file, with its paths resolved."""

    def __init__(self, file: Path, given: Configuration) -> None:
        self.given = given
        self._folder = file.resolve().parent

    @property
    def registration(self) -> Path:
        """The registration file of the application service."""
        return self._folder / self.given.registration

    @property
    def store(self) -> Path:
        """The file of the store."""
        return self._folder / self.given.store

    def brokers(self) -> Brokers:
        """Return the brokers. Raise BadInput for an invalid address, file or name."""
        kafka = self.given.kafka
        names = load_topic_names(kafka.topic_prefix, self._path(kafka.topics))
        return load_brokers(kafka.bootstrap, self._path(kafka.config), names)

    def framing(self, brokers: Brokers) -> Framing:
        """Return how records are framed in Kafka values. Raise BadInput for an invalid address of a registry."""
        registry = self.given.kafka.registry
        try:
            return (
                SingleObjectFraming()
                if registry is None
                else ConfluentFraming(Registry(registry), names=brokers.topics)
            )
        except ValueError as fault:
            raise BadInput("kafka.registry", str(fault)) from fault

    def _path(self, name: str | None) -> Path | None:
        return None if name is None else self._folder / name


def load_settings(path: Path) -> Settings:
    """Return the settings of a file. Raise BadInput, with line or key, for an invalid one."""
    return Settings(path, parse_yaml(path, Configuration))


def parse_yaml(path: Path, model: type[_Model]) -> _Model:
    """Return the content of a YAML file as a model. Raise BadInput, with line or key, for an invalid one."""
    text = read_small_text(path)
    try:
        return msgspec.convert(yaml.safe_load(text), model)
    except yaml.YAMLError as fault:
        line = getattr(getattr(fault, "problem_mark", None), "line", 0) + 1
        raise BadInput(f"{path}:{line}", "is not YAML") from fault
    except RecursionError as fault:
        raise BadInput(path, "is nested too deeply") from fault
    except msgspec.ValidationError as fault:
        found = _PLACE.fullmatch(str(fault))
        key = found["place"] if found and found["place"] else ""
        raise BadInput(f"{path}: {key}" if key else path, found["fault"] if found else str(fault)) from fault
