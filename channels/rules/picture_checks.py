"""Kinds of rule that judge the pictures behind a field: pixels, bytes, media types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.rules.conditions import Facts
from channels.rules.inputs import Picture
from channels.rules.params import Check, Params, list_param, whole_param
from channels.rules.spec import ProfileSpec, RuleSpec


def _pictures(rule: RuleSpec, judge: Callable[[Picture], Params | None]) -> Check:
    target = rule.field

    def check(value: Any, facts: Facts) -> Params | None:
        for picture in facts.pictures.get(target, ()):
            if (params := judge(picture)) is not None:
                return params
        return None

    return check


def pixels_min(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every picture is at least `min` pixels wide and high."""
    limit = whole_param(rule, "min")

    def judge(picture: Picture) -> Params | None:
        width, height = picture.width or 0, picture.height or 0
        return None if min(width, height) >= limit else {"width": width, "height": height, "min": limit}

    return _pictures(rule, judge)


def megapixels_max(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No picture has more than `max` million pixels."""
    limit = whole_param(rule, "max")

    def judge(picture: Picture) -> Params | None:
        pixels = (picture.width or 0) * (picture.height or 0)
        return (
            None
            if pixels <= limit * 1_000_000
            else {"megapixels": round(pixels / 1_000_000, 1), "max": limit}
        )

    return _pictures(rule, judge)


def bytes_max(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No picture is larger than `max_mb` MB (of 1024 × 1024 bytes)."""
    limit = whole_param(rule, "max_mb")

    def judge(picture: Picture) -> Params | None:
        size = picture.size or 0
        return (
            None
            if size <= limit * 1024 * 1024
            else {"size_mb": round(size / 1024 / 1024, 1), "max_mb": limit}
        )

    return _pictures(rule, judge)


def picture_formats(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every picture is of one of the media types `types`."""
    allowed = frozenset(list_param(rule, "types"))

    def judge(picture: Picture) -> Params | None:
        return None if picture.mime in allowed else {"value": picture.mime}

    return _pictures(rule, judge)
