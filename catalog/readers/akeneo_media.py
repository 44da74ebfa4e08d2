"""The pictures and documents an Akeneo export names: where they are, and which are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from assets.selectors import asset_facts
from assets.services.adding import AssetInput
from catalog.readers.akeneo_files import AkeneoExport
from catalog.rules.values import ValueProblem


@dataclass
class Media:
    """The files an export names, by the path in its cells, which is also the asset's code.

    `refused` maps paths to the reason why the file was not taken as an asset, `stored` to the code of an
    asset that exists under another case. Both are filled once the files were added.
    """

    export: AkeneoExport
    refused: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    _checksums: dict[str, str] = field(default_factory=dict, repr=False)
    _references: dict[str, str] = field(default_factory=dict, repr=False)

    def inputs(self, references: Iterable[str]) -> Iterator[AssetInput]:
        """Yield what can be added: each path once, only files that are there."""
        for reference in dict.fromkeys(references):
            if path := self.export.media(reference):
                yield AssetInput(reference, path)

    def asset(self, reference: str) -> str:
        """Return the code of a cell's asset; raises `ValueProblem` if the file is missing or refused."""
        if self.export.media(reference) is None:
            raise ValueProblem("missing_file", _("The file is not in the export."))
        if reason := self.refused.get(reference):
            raise ValueProblem("refused_file", reason)
        code = self.stored.get(reference, reference)
        self._references.setdefault(code, reference)
        return code

    def same_bytes(self, reference: str, code: str) -> bool:
        """Tell whether a path names a file with the content of an asset, from this export or here already."""
        first, second = self._checksum(reference), self._checksum(self._references.get(code, code))
        return bool(first) and first == second

    def _checksum(self, reference: str) -> str:
        if reference not in self._checksums:
            path = self.export.media(reference)
            if path is not None:
                self._checksums[reference] = _sha256(path)
            else:
                facts = asset_facts([reference]).get(reference)
                self._checksums[reference] = (facts.checksum or "") if facts else ""
        return self._checksums[reference]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
