"""Every state of the catalogue, by its name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from state import catalog
from state.spec import MapSpec


def state_specs() -> dict[str, MapSpec[Any, Any]]:
    """Return the states that the modules of `state.catalog` define."""
    modules = [import_module(f"{catalog.__name__}.{module.name}") for module in iter_modules(catalog.__path__)]
    return {spec.name: spec for module in modules for spec in vars(module).values() if isinstance(spec, MapSpec)}
