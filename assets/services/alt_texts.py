"""Writing what a picture says to those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assets.locks import lock_assets
from assets.models import Asset
from assets.permissions import AssetPermission, check_allowed
from assets.rules.alt_texts import MAX_ALT_CHARS, clean_alt, is_locale, merge_alts
from assets.rules.codes import fold_code
from workflows.exceptions import FieldError, Invalid, StaleRevision
from workflows.services.audit import record
from workflows.services.structure import save_structures


def set_alt_texts(
    texts: Mapping[str, Mapping[str, str]],
    *,
    actor: Any,
    reason: str,
    revisions: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Set alternative texts, given as {code: {locale: text}}, and return the codes that changed.

    A blank text removes its locale; locales that are not named stay. `revisions` are those the author saw:
    raises `StaleRevision` if one has moved. Raises `NotAllowed` without the right to change assets, `Invalid`
    (with a path `code:locale` for each error) for an unknown code, a locale that is none, or more than 1,000
    characters; then nothing is written. One transaction, constant queries.
    """
    check_allowed(actor, AssetPermission.CHANGE)
    with transaction.atomic():
        assets = {asset.code: asset for asset in lock_assets({fold_code(code) for code in texts}).values()}
        errors = [error for code, given in texts.items() for error in _errors(code, given, assets)]
        if errors:
            raise Invalid(_("Some alternative texts cannot be saved."), errors=errors)
        for code, seen in (revisions or {}).items():
            if code in texts and assets[code].revision != seen:
                raise StaleRevision(
                    _("Somebody changed %(code)s while you were editing. Look at it again.") % {"code": code}
                )
        changed = []
        for code, given in texts.items():
            merged = merge_alts(assets[code].alt, given)
            if merged != assets[code].alt:
                assets[code].alt = merged
                changed.append(assets[code])
        if changed:
            save_structures(Asset, created=[], changed=changed, actor=actor, reason=reason, fields=["alt"])
            record(
                "asset.set_alt_texts",
                actor=actor,
                target_model="assets.asset",
                target_id=changed[0].code if len(changed) == 1 else "",
                details={"codes": [asset.code for asset in changed]},
            )
    return tuple(asset.code for asset in changed)


def _errors(code: str, given: Mapping[str, str], assets: Mapping[str, Asset]) -> list[FieldError]:
    if code not in assets:
        return [FieldError(code, "not_found", _("There is no asset %(code)s.") % {"code": code})]
    errors = []
    for locale, text in given.items():
        path = f"{code}:{locale}"
        if not is_locale(locale):
            detail = _("%(locale)s is not a language such as en-US or de-DE.") % {"locale": locale}
            errors.append(FieldError(path, "locale", detail))
        elif (chars := len(clean_alt(text))) > MAX_ALT_CHARS:
            detail = _("The text for %(locale)s has %(chars)s characters; %(limit)s are allowed.") % {
                "locale": locale,
                "chars": chars,
                "limit": MAX_ALT_CHARS,
            }
            errors.append(FieldError(path, "too_long", detail))
    return errors
