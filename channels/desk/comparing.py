"""What a channel shows held against today's truth, field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.rules.spec import PARTS, FieldSpec, ProfileSpec
from channels.rules.titles import TITLE_FIELDS

Bodies = Mapping[str, Mapping[str, Any]]
"""A parsed body by part."""


@dataclass(frozen=True)
class Roles:
    """Which target fields a customer knows a listing by; empty where a profile has none."""

    title: str
    price: str
    sale_price: str
    picture: str
    link: str


def roles_of(spec: ProfileSpec) -> Roles:
    """Find the fields by name, by what they are made from, and by type, in the profile's order."""
    fields = list(spec.fields.values())

    def first(*tests: Any) -> str:
        return next((field.name for test in tests for field in fields if field.sent and test(field)), "")

    def made_from(builtin: str) -> Any:
        return lambda field: field.source is not None and field.source.builtin == builtin

    return Roles(
        title=first(*(lambda field, name=name: field.name == name for name in TITLE_FIELDS)),
        price=first(made_from("price"), lambda field: field.name == "price"),
        sale_price=first(made_from("sale_price"), lambda field: field.name == "sale_price"),
        picture=first(lambda field: field.type in ("picture", "pictures")),
        link=first(made_from("landing_link")),
    )


@dataclass(frozen=True)
class Difference:
    """A field that a channel shows otherwise than truth has it."""

    field: FieldSpec
    shown: Any
    truth: Any


def differences(spec: ProfileSpec, roles: Roles, shown: Bodies, truth: Bodies) -> list[Difference]:
    """Return the fields that differ, in the profile's order, title and prices first.

    Prices that customers don't pay (cost of goods) are left out, and so is what is joined when it is sent.
    """
    first = (roles.title, roles.price, roles.sale_price, roles.picture)
    found = []
    for field in spec.fields.values():
        if not field.sent or field.joined or field.part not in PARTS:
            continue
        if field.type == "price" and field.name not in (roles.price, roles.sale_price):
            continue
        before = shown.get(field.part, {}).get(field.name)
        after = truth.get(field.part, {}).get(field.name)
        if before != after:
            found.append(Difference(field, before, after))
    return sorted(
        found, key=lambda one: first.index(one.field.name) if one.field.name in first else len(first)
    )


def value_of(spec: ProfileSpec, bodies: Bodies, name: str) -> Any:
    """Return what bodies say under a field, or None."""
    field = spec.fields.get(name)
    return bodies.get(field.part, {}).get(name) if field else None
