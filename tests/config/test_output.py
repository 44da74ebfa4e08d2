"""What commands print may be cut off by whoever reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_command_whose_reader_leaves_ends_without_a_traceback(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "manage.py", "help", "--commands"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"CONCORD_DATA_DIR": str(tmp_path), "PATH": ""},
    )
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.close()

    complaint = command.stderr.read()

    assert command.wait(timeout=60) == 1
    assert complaint == ""
