"""Import rules: which folder may import which, which libraries each may use, and no import cycles."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.architecture.source import ROOMS, ROOT, Source, sources

# Each folder and the folders that it may import besides itself; a folder's own name stands for its root modules.
# Within `operators`, `jobs` and `connectors`, and from `connectors` into the other two, only what is listed here is
# allowed; the other rooms below may always be imported.
ROOM_BELOW = {
    "schemas": set[str](),
    "state": {"schemas"},
    "operators": {"schemas", "state"},
    "jobs": {"schemas", "state", "operators"},
    "connectors": {"schemas", "operators", "jobs"},
}
_BASE = {"operators", "operators.policy", "operators.erasure"}
FOLDER_BELOW = {
    "operators": {"operators.policy"},
    "operators.text": set[str](),
    "operators.policy": {"operators.text"},
    "operators.detectors": {"operators.policy", "operators.text"},
    "operators.recogniser": {"operators.policy", "operators.text"},
    "operators.screening": {
        *{"operators", "operators.detectors", "operators.policy", "operators.recogniser", "operators.text"},
    },
    "operators.likeness": {"operators.policy", "operators.text"},
    "operators.erasure": {"operators", "operators.policy"},
    "operators.enforcement": {"operators", "operators.policy"},
    "operators.accounts": _BASE | {"operators.contacts", "operators.screening", "operators.text"},
    "operators.contacts": _BASE,
    "operators.reviews": _BASE,
    "operators.attention": _BASE,
    "operators.invite_forest": _BASE | {"operators.enforcement", "operators.screening"},
    "operators.friend_gate": _BASE | {"operators.contacts", "operators.likeness"},
    "operators.avatar_impersonation": _BASE
    | {"operators.accounts", "operators.contacts", "operators.likeness", "operators.screening"},
    "operators.event_group": _BASE | {"operators.attention", "operators.likeness", "operators.text"},
    "operators.friendship_age": _BASE | {"operators.contacts", "operators.friend_gate", "operators.screening"},
    "operators.strangers": _BASE | {"operators.contacts", "operators.friendship_age", "operators.screening"},
    "operators.relationship": _BASE
    | {"operators.avatar_impersonation", "operators.contacts", "operators.friend_gate", "operators.friendship_age"}
    | {"operators.strangers"},
    "jobs": {"jobs.cli"},
    "jobs.scenario": set[str](),
    "jobs.dataflow": set[str](),
    "jobs.policy": {"jobs"},
    "jobs.deploy": set[str](),
    "jobs.mapping": {"jobs", "jobs.policy"},
    "jobs.runtime": {"jobs.dataflow", "jobs.mapping", "jobs.policy"},
    "jobs.kafka": {"jobs", "jobs.policy"},
    "jobs.replay": {"jobs", "jobs.dataflow", "jobs.mapping", "jobs.policy", "jobs.runtime"},
    "jobs.flink": {
        *{"jobs", "jobs.dataflow", "jobs.deploy", "jobs.kafka", "jobs.mapping", "jobs.policy", "jobs.runtime"},
    },
    "jobs.explain": {"jobs", "jobs.kafka", "jobs.replay"},
    "jobs.analysis": {"jobs", "jobs.dataflow", "jobs.deploy", "jobs.kafka", "jobs.replay", "jobs.runtime"},
    "jobs.backfill": {"jobs", "jobs.kafka", "jobs.mapping", "jobs.replay", "jobs.runtime"},
    "jobs.report": {"jobs", "jobs.analysis", "jobs.explain", "jobs.replay", "jobs.runtime"},
    "jobs.local": {"jobs", "jobs.deploy", "jobs.flink", "jobs.kafka", "jobs.policy", "jobs.replay", "jobs.scenario"},
    "jobs.cli": {
        *{"jobs", "jobs.analysis", "jobs.backfill", "jobs.deploy", "jobs.explain", "jobs.flink", "jobs.kafka"},
        *{"jobs.local", "jobs.mapping", "jobs.policy", "jobs.replay", "jobs.report", "jobs.runtime"},
    },
    "connectors": set[str](),
    "connectors.kit": set[str](),
    "connectors.topics": {"jobs", "jobs.kafka"},
    "connectors.matrix": {
        *{"connectors.topics", "jobs", "jobs.cli", "jobs.kafka", "operators.likeness", "operators.policy"},
    },
}

# Operators are pure: time is a field of the record, and there is no randomness, no file and no network.
IMPORT = (ast.Import, ast.ImportFrom)
IMPURE = frozenset(
    "asyncio datetime http os random secrets socket subprocess threading time urllib uuid".split()  # noqa: SIM905
)

# The libraries of each room. A new name here is a new dependency: it belongs in requirements.in with its purpose.
LIBRARIES = {
    "schemas": {"avro", "cramjam", "fastavro", "httpx", "msgspec", "numpy", "zstandard"},
    "state": {"msgspec", "rocksdict", "sortedcontainers"},
    "operators": {
        *{"ahocorasick_rs", "h3", "imagehash", "msgspec", "numpy", "opencc", "PIL"},
        *{"publicsuffixlist", "rapidfuzz", "snowballstemmer", "stdnum"},
    },
    "jobs": {
        *{"filelock", "httpx", "javaproperties", "kafka", "msgspec", "numpy", "pandas"},
        *{"rich", "tenacity", "typer", "yaml"},
    },
    "connectors": {"aiohttp", "filelock", "kafka", "msgspec", "tenacity", "typer", "yaml"},
}
# Libraries that only one folder may import.
FOLDER_LIBRARIES = {
    "jobs.policy": {"_typeshed", "annotated_types", "pydantic", "pydantic_core"},
    "jobs.mapping": {"jmespath", "pydantic"},
    "jobs.flink": {"pyflink"},
}

# What importing a capability must not load: each pays for its own libraries only.
_PICTURES = {"PIL", "numpy", "imagehash"}
_SCREENING = {"ahocorasick_rs", "publicsuffixlist", "snowballstemmer", "stdnum"}
UNLOADED = {
    "invite_forest.group": {*_PICTURES, *_SCREENING, "h3", "rapidfuzz"},
    "attention.following": {*_PICTURES, *_SCREENING, "h3", "opencc", "rapidfuzz"},
    "event_group.event_group": _SCREENING,
    "friend_gate.gate": {*_SCREENING, "h3"},
    "friendship_age.friendship_age": {*_SCREENING, "h3"},
    "avatar_impersonation.impersonation": {*_SCREENING, "h3"},
    "relationship.relationship": {*_SCREENING, "h3"},
    "enforcement.limit": {*_PICTURES, *_SCREENING, "h3", "rapidfuzz"},
    "accounts.account": {*_PICTURES, *_SCREENING, "h3", "rapidfuzz"},
    "erasure.acquaintance": {*_PICTURES, *_SCREENING, "h3", "opencc", "rapidfuzz"},
}
CAPABILITIES = {"attention", "avatar_impersonation", "event_group", "friend_gate", "friendship_age", "invite_forest"}


def libraries(source: Source) -> set[str]:
    return {name.split(".")[0] for name in source.imports} - set(ROOMS) - sys.stdlib_module_names


def own_imports(source: Source) -> set[str]:
    return {module for module in source.imported_modules if module.split(".")[0] in ROOMS}


def test_a_module_imports_only_from_folders_below_its_own() -> None:
    imported = [(source, module) for source in sources() for module in own_imports(source)]
    assert [(source.name, module) for source, module in imported if not may_import(source, module)] == []


def may_import(source: Source, module: str) -> bool:
    """Return whether the tables of rooms and of folders let a module import another one."""
    room = module.split(".", maxsplit=1)[0]
    is_listed = source.room in {room, "connectors"} and room in {"operators", "jobs", "connectors"}
    folders = {source.folder, *FOLDER_BELOW.get(source.folder, ())}
    return room in {source.room, *ROOM_BELOW[source.room]} and (not is_listed or folder_of(module) in folders)


def folder_of(module: str) -> str:
    """Return the folder of a module: `operators.policy` for `operators.policy.model`, `operators` for its root."""
    room, first, *_ = (*module.split("."), "")
    return f"{room}.{first}" if first and (ROOT / room / first).is_dir() else room


def test_every_folder_is_in_the_table_and_exists() -> None:
    folders = {source.folder for source in sources("operators", "jobs", "connectors")}
    assert folders == set(FOLDER_BELOW)


def test_the_table_of_folders_has_no_cycle() -> None:
    # `jobs` itself holds two things that have nothing to do with each other: the errors, and the way into the tool.
    assert not cycle({folder: below - {"jobs"} for folder, below in FOLDER_BELOW.items()})


def test_modules_do_not_import_each_other_in_a_cycle() -> None:
    assert not cycle({source.module: own_imports(source) - {source.module} for source in sources()})


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return what is left when everything that imports nothing is removed, again and again: the cycles."""
    rest = {name: {other for other in below if other in graph} for name, below in graph.items()}
    while free := [name for name, below in rest.items() if not below]:
        for name in free:
            del rest[name]
        rest = {name: below.difference(free) for name, below in rest.items()}
    return sorted(rest)


def test_a_room_uses_only_its_listed_libraries() -> None:
    used = ((source.name, libraries(source) - listed_libraries(source)) for source in sources())
    assert [(name, others) for name, others in used if others] == []


def listed_libraries(source: Source) -> set[str]:
    """Return the libraries that a module may use: its room's, and those that its folder alone has."""
    own = FOLDER_LIBRARIES.get(source.folder, set())
    return (LIBRARIES[source.room] | own) - (set().union(*FOLDER_LIBRARIES.values()) - own)


def test_operators_have_no_clock_no_randomness_and_no_io__c_1() -> None:
    imported = ((source.name, {name.split(".")[0] for name in source.imports}) for source in sources("operators"))
    assert [name for name, modules in imported if modules & IMPURE] == []


@pytest.mark.parametrize("module", UNLOADED)
def test_a_capability_loads_only_what_it_needs(module: str) -> None:
    script = f"import sys, operators.{module}; print(*sys.modules)"
    run = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert f"operators.{module}" in loaded
    assert not UNLOADED[module] & loaded


def test_every_capability_is_imported_by_itself() -> None:
    assert {module.split(".")[0] for module in UNLOADED} >= CAPABILITIES


def test_imports_are_at_the_top_except_where_loading_is_slow() -> None:
    """An import inside a function hides a direction; only the tool may put off what is slow to load."""
    functions = ((source.name, each) for source in sources() if source.room != "jobs" for each in source.functions)
    assert [name for name, each in functions if any(isinstance(node, IMPORT) for node in each.body)] == []
