"""Channel settings and mappings: written by one service, with actor, reason and a history row.

Settings are not governed yet (see workflows/README.md, the one exception); they pass `save_structures` like
the model structure does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Scope
from catalog.rules.structure import STATES
from channels.models import Channel, FieldMapping, Profile
from channels.permissions import may_edit_channels
from channels.rules.evaluate import compile_profile
from channels.rules.inputs import MarketContext
from channels.rules.mapping import check_link_pattern
from channels.rules.spec import ProfileError, Source, parse_source
from channels.services.profiles import profile_with_parents
from workflows.exceptions import Conflict, FieldError, Invalid, StaleRevision
from workflows.services import audit
from workflows.services.structure import save_structure, save_structures

_KNOWN = {
    "code", "scope", "profile", "label", "link_pattern", "public", "allow_demo_identifiers", "hold_days",
    "mapping", "assortment",
}  # fmt: skip
_ASSORTMENT = {"states", "families", "categories", "include", "exclude"}


@dataclass
class ChannelsResult:
    """Codes of channels that were new, changed, or already so."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Wanted:
    """One channel as asked for, checked."""

    values: dict[str, Any]
    mapping: dict[str, Source]


def load_channels(spec: Mapping[str, Any], *, actor: Any, reason: str) -> ChannelsResult:
    """Write channels with their mappings; what is already so writes nothing.

    `spec` is {"channels": [{"code", "scope", "profile", "label", "link_pattern", "public",
    "allow_demo_identifiers", "hold_days", "mapping": {field: source}, "assortment": {…}}]}; what a channel
    leaves out gets its default. Raises `NotAllowed`, and `Invalid` with every fault before anything is
    written.
    """
    may_edit_channels(actor).require()
    rows = spec.get("channels")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.get("code") for row in rows):
        raise Invalid(_("Channel settings are a list “channels” of objects that each have a code."))
    errors: list[FieldError] = []
    wanted = [_check(row, errors) for row in rows]
    if errors:
        raise Invalid(_("These channel settings can't be used."), errors=errors)
    result = ChannelsResult()
    with transaction.atomic():
        for row in filter(None, wanted):
            _write(row, actor=actor, reason=reason, result=result)
    return result


def create_channel(values: Mapping[str, Any], *, actor: Any, reason: str) -> Channel:
    """Make one channel, given under the names `load_channels` takes, `code` among them.

    Raises `NotAllowed`, `Invalid`, and `Conflict` when there is a channel of that code. One transaction.
    """
    with transaction.atomic():
        if load_channels({"channels": [values]}, actor=actor, reason=reason).new != [values["code"]]:
            raise Conflict(_("There is a channel %(code)s already.") % {"code": values["code"]})
        return Channel.objects.get(code=values["code"])


def update_channel(
    channel_id: int, values: Mapping[str, Any], *, actor: Any, reason: str, revision: int | None = None
) -> Channel:
    """Change settings of one channel, given under the names `load_channels` takes; the rest stays.

    `revision` is the one that was shown to whoever changes it. Raises `NotAllowed`, `Invalid`, and
    `StaleRevision` when somebody changed the channel since. One transaction; returns the channel as it then
    is.
    """
    with transaction.atomic():
        channel = _locked(channel_id, revision)
        load_channels({"channels": [{**describe(channel), **values}]}, actor=actor, reason=reason)
    channel.refresh_from_db()
    return channel


def map_field(
    channel_id: int,
    field_name: str,
    source: Source | None,
    *,
    actor: Any,
    reason: str,
    revision: int | None = None,
) -> Channel:
    """Take one target field from a source of the channel's own, or (None) from its profile's again.

    Raises and returns what `update_channel` does; other fields stay as they are.
    """
    with transaction.atomic():
        channel = _locked(channel_id, revision)
        settings = describe(channel)
        mapping = {name: own for name, own in settings["mapping"].items() if name != field_name}
        if source is not None:
            mapping[field_name] = source.to_json()
        load_channels({"channels": [{**settings, "mapping": mapping}]}, actor=actor, reason=reason)
    channel.refresh_from_db()
    return channel


def _locked(channel_id: int, revision: int | None) -> Channel:
    """Return a channel, locked; raises `StaleRevision` unless it is at `revision` (None: at any)."""
    channels = Channel.objects.select_for_update(of=("self",)).select_related("scope", "profile")
    channel = channels.get(pk=channel_id)
    if revision is not None and channel.revision != revision:
        raise StaleRevision(
            _(
                "Somebody changed this channel while you did. What you typed is still here; "
                "look at the history, then open the page anew."
            )
        )
    return channel


def describe(channel: Channel) -> dict[str, Any]:
    """Return a channel's settings in the form `load_channels` takes."""
    return {
        "code": channel.code,
        "scope": channel.scope.code,
        "profile": channel.profile.code,
        "label": channel.label,
        "link_pattern": channel.link_pattern,
        "public": channel.is_public,
        "allow_demo_identifiers": channel.allow_demo_identifiers,
        "hold_days": channel.hold_days,
        "mapping": {row.field: row.source for row in channel.mappings.all()},
        "assortment": channel.assortment,
    }


def _check(row: Any, errors: list[FieldError]) -> _Wanted | None:
    code = str(row.get("code", ""))

    def fault(path: str, detail: str) -> None:
        errors.append(FieldError(f"{code}.{path}", "invalid", detail))

    if unknown := sorted(set(row) - _KNOWN):
        fault(unknown[0], _("A channel has no setting %(name)s.") % {"name": unknown[0]})
    scope = Scope.objects.filter(code=row.get("scope")).first()
    if scope is None:
        fault("scope", _("There is no scope %(code)s.") % {"code": row.get("scope")})
    profile = Profile.objects.filter(code=row.get("profile")).first()
    if profile is None:
        fault("profile", _("There is no profile %(code)s.") % {"code": row.get("profile")})
    for problem in check_link_pattern(str(row.get("link_pattern") or "")):
        fault("link_pattern", problem)
    hold_days = row.get("hold_days", 7)
    if not isinstance(hold_days, int) or not 0 <= hold_days <= 365:
        fault("hold_days", _("A part can be held back for 0 to 365 days."))
    assortment = row.get("assortment") or {}
    for detail in _assortment_problems(assortment):
        fault("assortment", detail)
    problems: list[str] = []
    mapping = {
        name: source
        for name, data in (row.get("mapping") or {}).items()
        if (source := parse_source(data, f"{code}, {name}", problems)) is not None
    }
    for problem in problems:
        fault("mapping", problem)
    if profile is not None and scope is not None and not problems:
        spec, _name = profile_with_parents(profile.code)
        try:
            compile_profile(spec, mapping, MarketContext(market="", country="", currency="", locale=""))
        except ProfileError as error:
            for problem in error.problems:
                fault("mapping", problem)
    values = {
        "code": code,
        "label": str(row.get("label") or code),
        "scope": scope,
        "profile": profile,
        "link_pattern": str(row.get("link_pattern") or ""),
        "is_public": bool(row.get("public", False)),
        "allow_demo_identifiers": bool(row.get("allow_demo_identifiers", False)),
        "hold_days": hold_days,
        "assortment": assortment,
    }
    return _Wanted(values, mapping)


def _assortment_problems(assortment: Any) -> list[str]:
    if not isinstance(assortment, Mapping):
        return [_("An assortment names states, families, categories, inclusions and exclusions.")]
    problems = [
        _("An assortment has no %(name)s.") % {"name": name} for name in sorted(set(assortment) - _ASSORTMENT)
    ]
    for name, members in assortment.items():
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            problems.append(_("%(name)s is a list of codes.") % {"name": name})
        elif name == "states" and (unknown := sorted(set(members) - set(STATES))):
            problems.append(_("%(state)s is not a state of products.") % {"state": unknown[0]})
    return problems


def _write(wanted: _Wanted, *, actor: Any, reason: str, result: ChannelsResult) -> None:
    code = wanted.values["code"]
    channel = Channel.objects.select_for_update().filter(code=code).first()
    if channel is None:
        channel = Channel(**wanted.values)
        save_structure(channel, actor=actor, reason=reason, created=True)
        channel = Channel.objects.get(code=code)
        _write_mapping(channel, wanted.mapping, actor=actor, reason=reason)
        result.new.append(code)
        action = "channel.create"
    else:
        differs = [name for name, value in wanted.values.items() if getattr(channel, name) != value]
        mapped = _write_mapping(channel, wanted.mapping, actor=actor, reason=reason)
        if not differs and not mapped:
            result.unchanged.append(code)
            return
        for name in differs:
            setattr(channel, name, wanted.values[name])
        save_structure(channel, actor=actor, reason=reason, created=False)
        result.changed.append(code)
        action = "channel.change"
    audit.record(action, actor=actor, target_model="channels.channel", target_id=code)


def _write_mapping(channel: Channel, wanted: Mapping[str, Source], *, actor: Any, reason: str) -> bool:
    """Make the channel's mapping what is wanted; returns whether anything was written."""
    rows = {row.field: row for row in channel.mappings.all()}
    data = {name: source.to_json() for name, source in wanted.items()}
    created = [
        FieldMapping(channel=channel, field=name, source=source)
        for name, source in data.items()
        if name not in rows
    ]
    changed = [row for name, row in rows.items() if name in data and row.source != data[name]]
    for row in changed:
        row.source = data[row.field]
    removed: list[Any] = [row for name, row in rows.items() if name not in data]
    save_structures(
        FieldMapping, created=created, changed=changed, actor=actor, reason=reason, dirty_key="dirty_code"
    )
    for gone in removed:
        gone._change_reason, gone._history_user = reason, actor
        gone.delete()
    return bool(created or changed or removed)
