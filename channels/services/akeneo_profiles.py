"""What another PIM required per channel and family, kept as a profile of warnings: scored, never holding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from catalog.registry import ImportedChannel
from catalog.services.schema import Schema, current_schema
from channels.rules.spec import ProfileSpec, parse_profile
from channels.services.profile_files import read_shipped_profiles
from channels.services.profiles import check_profiles, store_profile

PARENT = "own_storefront"


def store_imported_profiles(channels: Sequence[ImportedChannel], actor: Any, reason: str) -> None:
    """Store `akeneo_<code>` for each imported channel, with one presence rule per family and attribute.

    Registered as the catalogue's import hook; storing the same requirements again makes no new version.
    """
    schema = current_schema()
    for channel in channels:
        spec = imported_profile(channel, schema)
        check_profiles({**read_shipped_profiles(), spec.code: spec})
        store_profile(spec)


def imported_profile(channel: ImportedChannel, schema: Schema) -> ProfileSpec:
    """Return the profile: a field that is judged and never sent for each attribute, a rule for each pair."""
    code = f"akeneo_{channel.code}"
    wanted = sorted({attribute for codes in channel.requirements.values() for attribute in codes})
    known = [attribute for attribute in wanted if attribute in schema.attributes]
    fields = [
        {
            "field": f"attribute.{attribute}",
            "label": _label(schema, attribute),
            "part": _part(schema.attributes[attribute].type),
            "type": "any",
            "sent": False,
            "source": {"attributes": [attribute]},
        }
        for attribute in known
    ]
    rules = [
        {
            "id": f"{code}.{_slug(family)}.{attribute}",
            "field": f"attribute.{attribute}",
            "kind": "presence",
            "severity": "warning",
            "when": {"family": [family]},
            "message": f"{_label(schema, attribute)} is missing; its family requires it here.",
            "source": f"Imported: requirements of the family {family} on the channel {channel.code}",
        }
        for family, attributes in sorted(channel.requirements.items())
        for attribute in sorted(set(attributes))
        if attribute in schema.attributes
    ]
    label = channel.labels.get("en-US") or next(iter(channel.labels.values()), channel.code)
    return parse_profile(
        {
            "code": code,
            "label": f"{label} (imported requirements)",
            "parent": PARENT,
            "source": f"Imported requirements of the channel {channel.code}.",
            "fields": fields,
            "rules": _with_distinct_ids(rules),
        }
    )


def _label(schema: Schema, attribute: str) -> str:
    labels = schema.attributes[attribute].labels
    label = labels.get("en-US") or next(iter(labels.values()), attribute)
    return label.replace("{", "(").replace("}", ")")


def _part(attribute_type: str) -> str:
    if attribute_type in ("asset", "assets"):
        return "media"
    return "offer" if attribute_type == "price" else "content"


def _slug(family: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", family.lower()).strip("_") or "family"


def _with_distinct_ids(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number rules whose families differ only in characters an id can't hold."""
    seen: dict[str, int] = {}
    for rule in rules:
        count = seen[rule["id"]] = seen.get(rule["id"], 0) + 1
        if count > 1:
            rule["id"] = f"{rule['id']}_{count}"
    return rules
