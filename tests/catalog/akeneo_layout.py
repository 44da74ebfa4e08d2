"""Laying out the sample Akeneo export as the one directory that its exporter wrote."""

import csv
import shutil
from pathlib import Path


def lay_out(sample_data: Path, target: Path) -> Path:
    """Copy `akeneo_icecat` to `target`: its CSV files, and each picture to the path that cells name it by."""
    origin = sample_data / "akeneo_icecat"
    target.mkdir(parents=True, exist_ok=True)
    for path in origin.glob("*.csv"):
        if path.name != "media_map.csv":
            shutil.copyfile(path, target / path.name)
    with (origin / "media_map.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["stored_path"]:
                place = target / row["referenced_path"]
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(origin / row["stored_path"], place)
    return target
