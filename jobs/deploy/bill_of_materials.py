"""Bill of materials of the bundle, in CycloneDX's JSON: every component of NOTICE, by its package URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobs.deploy.installation import version
from jobs.deploy.notice import NOTICE, read_notice

if TYPE_CHECKING:
    from jobs.deploy.components import Component


def bill_of_materials() -> str:
    """Return the bill as JSON. It has no date and no random id: the same components give the same bytes."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "kithward", "version": version()}},
        "components": [_entry(each) for each in read_notice(NOTICE.read_text("utf-8"))],
    }
    return json.dumps(bill, indent=2) + "\n"


def _entry(component: Component) -> dict[str, Any]:
    path, _, its_version = component.url.partition("@")
    *group, name = path.split("/")[1:]
    return {
        "type": "library",
        "bom-ref": component.url,
        **({"group": group[0]} if group else {}),
        "name": name,
        "version": its_version,
        "licenses": [{"license": {"name": component.licence}}],
        "purl": component.url,
    }
