"""Reading profiles that ship as data files, and laying children over their parents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from channels.rules.spec import ProfileError, ProfileSpec, inherit, parse_profile

PROFILE_DIR = Path(__file__).parent.parent / "profiles"


def read_profile_file(path: Path) -> ProfileSpec:
    """Read one profile file; raises `ProfileError` naming the file and every fault in it."""
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ProfileError([f"{path.name} can't be read as JSON: {error}."]) from error
    try:
        return parse_profile(data)
    except ProfileError as error:
        raise ProfileError([f"{path.name}: {problem}" for problem in error.problems]) from error


def read_shipped_profiles() -> dict[str, ProfileSpec]:
    """Return the shipped profiles by code, parents not laid in; raises `ProfileError`."""
    return {spec.code: spec for spec in map(read_profile_file, sorted(PROFILE_DIR.glob("*.json")))}


def resolve_parents(profiles: Mapping[str, ProfileSpec]) -> dict[str, ProfileSpec]:
    """Return every profile with its parents laid in; unknown parents and circles raise `ProfileError`."""
    found: dict[str, ProfileSpec] = {}

    def resolve(code: str, path: tuple[str, ...]) -> ProfileSpec:
        if code in found:
            return found[code]
        if code in path:
            raise ProfileError([f"The profiles {', '.join(path)} are each other's parents."])
        spec = profiles.get(code)
        if spec is None:
            raise ProfileError([f"Profile {path[-1]} has a parent {code} that does not exist."])
        if spec.parent:
            spec = inherit(resolve(spec.parent, (*path, code)), spec)
        found[code] = spec
        return spec

    for code in profiles:
        resolve(code, ())
    return found
