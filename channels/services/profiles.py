"""Profiles as versioned rows: storing them, loading the shipped files, reading them back as
specifications.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import transaction

from channels.models import Profile, ProfileField, ProfileRule, ProfileVersion
from channels.rules.evaluate import compile_profile
from channels.rules.inputs import MarketContext
from channels.rules.spec import FieldSpec, ProfileSpec, RuleSpec, parse_source
from channels.services.profile_files import read_shipped_profiles, resolve_parents

_NOWHERE = MarketContext(market="", country="", currency="", locale="")


def load_profiles() -> list[str]:
    """Store every shipped profile whose file changed; returns the codes of those. Runs after each migrate.

    Raises `ProfileError` before anything is written when a file is faulty.
    """
    shipped = read_shipped_profiles()
    check_profiles(shipped)
    return [code for code, spec in shipped.items() if store_profile(spec)]


def check_profiles(profiles: Mapping[str, ProfileSpec]) -> None:
    """Compile each profile with its parents laid in; raises `ProfileError` naming what can't be used."""
    for spec in resolve_parents(profiles).values():
        compile_profile(spec, {}, _NOWHERE)


def store_profile(spec: ProfileSpec) -> bool:
    """Store a profile (its own part, parents not laid in) as a new version; False when it is already so."""
    digest = _digest(spec)
    with transaction.atomic():
        profile, _created = Profile.objects.select_for_update().get_or_create(code=spec.code)
        current = profile.current
        if current is not None and current.digest == digest:
            return False
        version = ProfileVersion.objects.create(
            profile=profile,
            number=(current.number if current else 0) + 1,
            digest=digest,
            label=spec.label,
            parent=spec.parent or "",
            feed=spec.feed or "",
            source=spec.source,
            sets=dict(spec.sets),
            category_field=spec.category_field or "",
        )
        ProfileField.objects.bulk_create(
            [_field_row(version, place, field) for place, field in enumerate(spec.fields.values())],
            batch_size=500,
        )
        ProfileRule.objects.bulk_create(
            [_rule_row(version, place, rule) for place, rule in enumerate(spec.rules.values())],
            batch_size=500,
        )
        profile.current = version
        profile.save(update_fields=["current"])
    return True


def _digest(spec: ProfileSpec) -> str:
    plain = {
        "head": [spec.label, spec.parent, spec.feed, spec.source, spec.category_field],
        "sets": spec.sets,
        "fields": [_plain_field(field) for field in spec.fields.values()],
        "rules": [_plain_rule(rule) for rule in spec.rules.values()],
    }
    return hashlib.blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()


def _plain_field(field: FieldSpec) -> list[Any]:
    source = field.source.to_json() if field.source else None
    return [
        field.name,
        field.label,
        field.part,
        field.type,
        source,
        field.sent,
        field.as_object,
        field.joined,
    ]


def _plain_rule(rule: RuleSpec) -> list[Any]:
    return [
        rule.id, rule.field, rule.kind, rule.part, rule.severity, rule.effect, rule.message, rule.source,
        rule.params, rule.when, rule.valid_from, rule.valid_until, rule.weight,
    ]  # fmt: skip


def _field_row(version: ProfileVersion, position: int, field: FieldSpec) -> ProfileField:
    return ProfileField(
        version=version,
        position=position,
        name=field.name,
        label=field.label,
        part=field.part,
        type=field.type,
        default_source=field.source.to_json() if field.source else None,
        sent=field.sent,
        as_object=field.as_object,
        joined=field.joined,
    )


def _rule_row(version: ProfileVersion, position: int, rule: RuleSpec) -> ProfileRule:
    return ProfileRule(
        version=version,
        position=position,
        rule_id=rule.id,
        field=rule.field,
        kind=rule.kind,
        part=rule.part,
        severity=rule.severity,
        effect=rule.effect,
        params=dict(rule.params),
        condition=dict(rule.when) if rule.when is not None else None,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        weight=rule.weight,
        message=rule.message,
        source=rule.source,
    )


_specs: dict[tuple[str, str], ProfileSpec] = {}
"""Own parts by profile code and digest, never by version id: an id that a transaction took back is given
again, to a version that says something else.
"""


def profile_with_parents(code: str) -> tuple[ProfileSpec, str]:
    """Return a stored profile with its parents laid in, and the versions used (`google 2, base 1`).

    One query per level of parents, more the first time a process sees a version. Raises `LookupError`.
    """
    chain: list[ProfileVersion] = []
    wanted = code
    while wanted and wanted not in {version.profile.code for version in chain}:
        profile = Profile.objects.select_related("current__profile").filter(code=wanted).first()
        if profile is None or profile.current is None:
            raise LookupError(wanted)
        chain.append(profile.current)
        wanted = profile.current.parent
    specs = {version.profile.code: _spec(version) for version in chain}
    name = ", ".join(f"{version.profile.code} {version.number}" for version in chain)
    return resolve_parents(specs)[code], name


def _spec(version: ProfileVersion) -> ProfileSpec:
    name = (version.profile.code, version.digest)
    found = _specs.get(name)
    if found is None:
        found = _specs[name] = ProfileSpec(
            code=version.profile.code,
            label=version.label,
            parent=version.parent or None,
            feed=version.feed or None,
            source=version.source,
            fields={row.name: _field_spec(row) for row in version.fields.all()},
            rules={row.rule_id: _rule_spec(row, version.profile.code) for row in version.rules.all()},
            sets=version.sets,
            category_field=version.category_field or None,
        )
    return found


def _field_spec(row: ProfileField) -> FieldSpec:
    problems: list[str] = []
    source = parse_source(row.default_source, row.name, problems) if row.default_source is not None else None
    return FieldSpec(row.name, row.label, row.part, row.type, source, row.sent, row.as_object, row.joined)


def _rule_spec(row: ProfileRule, code: str) -> RuleSpec:
    return RuleSpec(
        id=row.rule_id,
        field=row.field,
        kind=row.kind,
        part=row.part,
        severity=row.severity,
        effect=row.effect,
        message=row.message,
        source=row.source,
        params=row.params,
        when=row.condition,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        weight=row.weight,
        profile=code,
    )


def rules_by_id(codes: Iterable[str]) -> dict[str, ProfileRule]:
    """Return the newest stored row of each rule id, for sentences about older versions too. One query."""
    rows = ProfileRule.objects.filter(rule_id__in=set(codes)).order_by("version_id")
    return {row.rule_id: row for row in rows}
