"""A running server loads what it serves with, and no more: it must be back at once after a power cut."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOAD = (
    "import sys; from server.features import load_models; import server.app, {module}; sys.exit('pedpy' in sys.modules)"
)


@pytest.mark.parametrize(("module", "loaded"), [("server.analysis.routes", 0), ("server.analysis.importing", 1)])
def test_only_the_import_of_trajectories_loads_pedpy(module: str, loaded: int) -> None:
    assert subprocess.run([sys.executable, "-c", LOAD.format(module=module)], check=False).returncode == loaded
