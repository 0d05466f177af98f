"""Meltano Hub definitions of our connectors, made from `--about`; written under `hub/_data` as the Hub lays them out.

A submission copies each definition to the same path of https://github.com/meltano/hub and merges the lines of
`maintainers.yml` and `default_variants.yml` into the Hub's files of those names.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import yaml

from tools import generated
from tools.connectors import CONNECTORS, REPOSITORY, ROOT, Connector, about
from tools.settings import meltano_settings

VARIANT = "switchboard"
DATA = ROOT / "hub" / "_data"

NEW_NAMES = {"tap-comagic", "target-amplitude"}
"""Plugins that the Hub does not know under any variant; only these need a line in `default_variants.yml`."""

LOGOS = {
    "tap-duckdb": "/assets/logos/extractors/duckdb.png",
    "target-duckdb": "/assets/logos/loaders/duckdb.png",
}
"""Logos that the Hub already has."""

HUB_CAPABILITIES = {
    "extractors": {
        "about", "activate-version", "batch", "catalog", "discover", "log-based", "properties", "schema-flattening",
        "state", "stream-maps", "structured-logging", "test",
    },
    "loaders": {
        "about", "activate-version", "batch", "datatype-failsafe", "hard-delete", "schema-flattening", "soft-delete",
        "stream-maps", "structured-logging", "target-schema", "validate-records",
    },
}  # fmt: skip
"""What the Hub's schemas allow (hub/schemas/common); others would fail its checks."""

Json = dict[str, t.Any]


def definition(connector: Connector) -> Json:
    """The Hub definition of one connector.

    Args:
        connector: One of ours; its program is asked.

    Returns:
        The mapping whose YAML goes to `_data/meltano/<kind>/<name>/<variant>.yml`.
    """
    said = about(connector)
    capabilities = sorted(set(said["capabilities"]) & HUB_CAPABILITIES[connector.kind])
    made: Json = {
        "capabilities": capabilities,
        "description": connector.description,
        "domain_url": connector.domain_url,
        "executable": connector.name,
        "keywords": sorted({"meltano_sdk", *connector.keywords}),
        "label": connector.label,
        "logo_url": LOGOS.get(connector.name),
        "maintenance_status": "active",
        "name": connector.name,
        "namespace": connector.namespace,
        "pip_url": connector.pip_url,
        "quality": "silver",
        "repo": f"{REPOSITORY}/tree/main/{connector.name}",
        "settings": meltano_settings(said["settings"]),
        "settings_group_validation": [list(group) for group in connector.settings_groups],
        "variant": VARIANT,
    }
    if connector.dialect:
        made["dialect"] = connector.dialect
    if said.get("supported_python_versions"):
        made["supported_python_versions"] = said["supported_python_versions"]
    if "structured-logging" in capabilities:
        made["log_parser"] = "singer-sdk"
    return made


def files() -> dict[Path, str]:
    """Every file of `hub/_data` with the text it should have."""
    made = {
        DATA / "meltano" / connector.kind / connector.name / f"{VARIANT}.yml": _yaml(definition(connector))
        for connector in CONNECTORS
    }
    maintainer = {"label": "Switchboard", "name": VARIANT, "url": REPOSITORY}
    made[DATA / "maintainers.yml"] = _yaml({VARIANT: maintainer})
    new = [connector for connector in CONNECTORS if connector.name in NEW_NAMES]
    variants = {kind: {one.name: VARIANT for one in new if one.kind == kind} for kind in ("extractors", "loaders")}
    made[DATA / "default_variants.yml"] = _yaml(variants)
    return made


def _yaml(value: Json) -> str:
    return yaml.safe_dump(value, sort_keys=True, allow_unicode=True, default_flow_style=False, width=100)


if __name__ == "__main__":
    sys.exit(generated.write(files()))
