"""Generator of `schemas/records/` from `schemas/avro/`: `python -m schemas.generate`.

With `--check` nothing is written, and the exit code is 1 if something would change.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.schema_versions import CURRENT, Release, Schema, named_types

ROOT: Final = Path(__file__).parent / "records"
NOTE: Final = "Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file."
HEAD: Final = f'"""{{}}\n\n{NOTE}\n"""\n'
LINE_LENGTH: Final = 120
PRIMITIVES: Final = {
    "string": "str",
    "bytes": "bytes",
    "boolean": "bool",
    "int": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "null": "None",
}
STANDARD: Final = {
    "Mapping[": "from collections.abc import Mapping\n",
    "(StrEnum)": "from enum import StrEnum\n",
}
"""Imports of a generated module from the standard library, by the text that needs them."""


def annotation(schema: Schema) -> str:
    """Return the Python type of a schema's values."""
    if isinstance(schema, list):
        return " | ".join(sorted(map(annotation, schema), key="None".__eq__))
    if isinstance(schema, str):
        return PRIMITIVES.get(schema, schema)
    if schema["type"] == "array":
        return f"tuple[{annotation(schema['items'])}, ...]"
    if schema["type"] == "map":
        return f"Mapping[str, {annotation(schema['values'])}]"
    return str(schema["name"])


def _default(field: Mapping[str, Any]) -> str:
    if "default" not in field:
        return ""
    if isinstance(field["type"], dict) and field["type"]["type"] == "enum":
        return f" = {field['type']['name']}.{field['default']}"
    return " = ()" if field["default"] == [] else f" = {field['default']!r}"


def struct_source(schema: Mapping[str, Any], base: str) -> str:
    """Return the source of the frozen struct of a record schema."""
    fields = (f"    {f['name']}: {annotation(f['type'])}{_default(f)}  # {f['doc']}\n" for f in schema["fields"])
    head = f"class {schema['name']}({base}, frozen=True, kw_only=True):\n"
    return f'{head}    """{schema["doc"]}"""\n\n{"".join(fields)}'


def enum_source(schema: Mapping[str, Any]) -> str:
    """Return the source of the `StrEnum` of an enum schema."""
    symbols = "".join(f'    {symbol} = "{symbol}"\n' for symbol in schema["symbols"])
    return f'class {schema["name"]}(StrEnum):\n    """{schema["doc"]}"""\n\n{symbols}'


def shared_types(releases: Iterable[Release]) -> dict[str, Mapping[str, Any]]:
    """Return the enums and parts by name. Each file defines its own; all definitions of one name must be equal."""
    found: dict[str, Mapping[str, Any]] = {}
    for release in releases:
        for schema in named_types([field["type"] for field in release.schema["fields"]]):
            if found.setdefault(schema["name"], schema) != schema:
                message = f"{release.name}: {schema['name']} differs from the one in another file"
                raise ValueError(message)
    return found


def _imports(body: str, elsewhere: Mapping[str, str]) -> str:
    """Return the import block for a module's body; `elsewhere` has the module of each name."""
    standard = [statement for sign, statement in STANDARD.items() if sign in body]
    own = _imports_of(re.findall(r"\w+", body), elsewhere)
    return "".join(standard) + ("\n" if standard and own else "") + own


def module_source(module: str, summary: str, classes: Iterable[str], homes: Mapping[str, str]) -> str:
    """Return the source of a generated module: docstring, imports, classes."""
    body = "\n\n".join(classes)
    elsewhere = {name: home for name, home in homes.items() if home != module}
    return f"{HEAD.format(summary)}\n{_imports(body, elsewhere)}\n\n{body}"


def _import(module: str, names: Iterable[str]) -> str:
    """Return an import statement, as the formatter would write it."""
    line = f"from schemas.records.{module} import {', '.join(names)}\n"
    if len(line.rstrip()) <= LINE_LENGTH:
        return line
    return f"from schemas.records.{module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _imports_of(wanted: Iterable[str], homes: Mapping[str, str]) -> str:
    """Return the statements that import these names, module by module."""
    by_module: dict[str, list[str]] = {}
    for name in sorted(set(wanted) & homes.keys()):
        by_module.setdefault(homes[name], []).append(name)
    return "".join(_import(module, names) for module, names in sorted(by_module.items()))


def _index(homes: Mapping[str, str], records: Iterable[str]) -> str:
    """Return the package's `__init__`: every name in one place, and the records by name."""
    table = "".join(f'    "{name}": {name},\n' for name in sorted(records))
    exported = "".join(f'    "{name}",\n' for name in ["RECORDS", *sorted(homes)])
    imports = "from collections.abc import Mapping\nfrom typing import Final\n\n" + _imports_of(homes, homes)
    head = HEAD.format("Records as frozen structs, all in one place and by name.")
    return (
        f"{head}\n{imports}\nRECORDS: Final[Mapping[str, type[Record]]] = {{\n{table}}}\n\n__all__ = [\n{exported}]\n"
    )


def modules() -> dict[str, str]:
    """Return the name and text of every generated file."""
    parts = shared_types(CURRENT.values())
    homes = {"Record": "record", "Part": "record"}
    homes |= {name: "enums" if schema["type"] == "enum" else "parts" for name, schema in parts.items()}
    homes |= {release.name: release.topic.replace("-", "_") for release in CURRENT.values()}
    enums = [enum_source(schema) for _, schema in sorted(parts.items()) if schema["type"] == "enum"]
    pieces = [struct_source(schema, "Part") for schema in parts.values() if schema["type"] == "record"]
    result = {
        "enums": module_source("enums", "Enums of record fields.", enums, {}),
        "parts": module_source("parts", "Parts of records: structs that several records share.", pieces, homes),
    }
    for topic in sorted({release.topic for release in CURRENT.values()}):
        classes = [struct_source(r.schema, "Record") for r in CURRENT.values() if r.topic == topic]
        summary = f"Records {'between operators' if topic == 'internal' else f'of the topic `{topic}`'}."
        module = topic.replace("-", "_")
        result[module] = module_source(module, summary, classes, homes)
    return result | {"__init__": _index(homes, CURRENT)}


def stale_files() -> dict[Path, str]:
    """Return the files that differ from their schemas, with the text that they should have."""
    wanted = {ROOT / f"{name}.py": text for name, text in modules().items()}
    return {path: text for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text}


def main(arguments: list[str] | None = None) -> int:
    """Write the stale files, or with `--check` only list them. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    check = parser.parse_args(arguments).check
    changes = stale_files()
    for path, text in changes.items():
        if not check:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.name}\n")
    return int(check and bool(changes))


if __name__ == "__main__":
    raise SystemExit(main())
