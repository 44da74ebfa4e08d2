"""The measurement table of this installation, read once at import from the data file that ships with it."""

from __future__ import annotations

import json
from pathlib import Path

from catalog.rules.measures import MeasureTable

DATA_FILE = Path(__file__).parent / "data" / "measurements.json"


MEASURES = MeasureTable.build(json.loads(DATA_FILE.read_text(encoding="utf-8")))
