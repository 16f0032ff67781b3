"""Bill of materials of the bundle, in CycloneDX's JSON: every component of NOTICE, by its package URL.

Jars have the hashes of jars.lock. A package has one in requirements.lock for each of its files, so it has none here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobs.deploy.components import locked_jars
from jobs.deploy.installation import version
from jobs.deploy.notice import NOTICE, read_notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.deploy.components import Component


def bill_of_materials() -> str:
    """Return the bill as JSON. It has no date and no random id: the same components give the same bytes."""
    hashes = locked_jars()
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "kithward", "version": version()}},
        "components": [_entry(each, hashes) for each in read_notice(NOTICE.read_text("utf-8"))],
    }
    return json.dumps(bill, indent=2) + "\n"


def _entry(component: Component, hashes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    path, _, its_version = component.url.partition("@")
    *group, name = path.split("/")[1:]
    digest = hashes.get((name, its_version))
    return {
        "type": "library",
        "bom-ref": component.url,
        **({"group": group[0]} if group else {}),
        "name": name,
        "version": its_version,
        **({"hashes": [{"alg": "SHA-256", "content": digest}]} if digest else {}),
        "licenses": [{"license": {"name": component.licence}}],
        "purl": component.url,
    }
