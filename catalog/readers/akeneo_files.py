"""The files of an Akeneo export: which there are, and whether each can be read to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from catalog.readers.csv_files import CsvFacts, CsvSource, check_csv, read_csv
from workflows.exceptions import Invalid

# The columns without which a file is not what its name says. The identifier's column of products.csv has the
# name of the identifier attribute and is checked by the product reader.
FILES: Mapping[str, tuple[str, ...]] = {
    "attribute_groups.csv": ("code",),
    "attributes.csv": ("code", "type"),
    "attribute_options.csv": ("code", "attribute"),
    "families.csv": ("code", "attributes"),
    "family_variants.csv": ("code", "family", "variant-axes_1"),
    "categories.csv": ("code",),
    "channels.csv": ("code", "locales"),
    "locales.csv": ("code",),
    "currencies.csv": ("code",),
    "association_types.csv": ("code",),
    "group_types.csv": ("code",),
    "groups.csv": ("code",),
    "product_models.csv": ("code", "family_variant"),
    "products.csv": (),
}
REQUIRED = ("attributes.csv", "families.csv", "channels.csv")
DELIMITERS = ";,|\t"
HEADER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class LeftOut:
    """A row that was rejected (`field` is None) or a cell that was left out, and why."""

    file: str
    line: int
    field: str | None
    value: str
    reason: str


@dataclass(frozen=True)
class AkeneoExport:
    """A directory whose files were all read to their ends and found whole."""

    directory: Path
    sources: Mapping[str, CsvSource]
    facts: Mapping[str, CsvFacts] = field(repr=False)

    def has(self, name: str) -> bool:
        """Tell whether the export holds a file."""
        return name in self.sources

    def rows(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line and row of a file by column; nothing for a file the export lacks."""
        if name in self.sources:
            yield from read_csv(self.sources[name])

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the columns of a file; none for a file the export lacks."""
        return self.facts[name].columns if name in self.facts else ()

    def media(self, reference: str) -> Path | None:
        """Return the file a media cell names, None where there is none or the name leads elsewhere."""
        path = PurePosixPath(reference)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\x00" in reference:
            return None
        found = self.directory.joinpath(*path.parts)
        return found if found.is_file() else None

    @property
    def fingerprint(self) -> str:
        """A text that changes when any file of the export does."""
        return " ".join(f"{name}:{facts.checksum}" for name, facts in sorted(self.facts.items()))


def open_export(directory: Path) -> AkeneoExport:
    """Check encoding and shape of every file of an export, streaming. Writes nothing.

    Raises `Invalid` with one sentence: no such directory, no Akeneo export (the files that every export has
    are named), or what `check_csv` says of a file.
    """
    if not directory.is_dir():
        raise Invalid(_("%(directory)s is not a directory.") % {"directory": directory})
    missing = [name for name in REQUIRED if not (directory / name).is_file()]
    if missing:
        raise Invalid(
            _("%(directory)s is not an Akeneo export: it has no %(files)s.")
            % {"directory": directory, "files": ", ".join(missing)}
        )
    sources = {
        name: _source(directory / name, required)
        for name, required in FILES.items()
        if (directory / name).is_file()
    }
    return AkeneoExport(directory, sources, {name: check_csv(source) for name, source in sources.items()})


def _source(path: Path, required: tuple[str, ...]) -> CsvSource:
    return CsvSource(path, path.name, _delimiter(path), pads_rows=True, required=required)


def _delimiter(path: Path) -> str:
    """Return the delimiter an export profile was set to; Akeneo's default where the header does not tell."""
    try:
        with path.open("rb") as file:
            header = file.readline(HEADER_BYTES).decode("utf-8", "replace")
    except OSError:
        return DELIMITERS[0]
    return max(DELIMITERS, key=lambda delimiter: header.count(delimiter))
