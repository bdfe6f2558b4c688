"""Makes the newest revision anew from all models: `python -m server.migrations.regenerate`.

Only the revision that no release holds yet: those before it are what cities run, and are never touched again. After a
release, `REVISION` gets a new name.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from alembic import command
from alembic.script import ScriptDirectory

from server.db import WRITES, Database
from server.migrations.applying import FOLDER, config
from server.settings import Settings

REVISION: Final = "0002_people_and_rights"
TITLE: Final = "People, staff and their rights."


def regenerate(folder: Path = FOLDER) -> Path:
    """Write the unreleased revision into `folder/versions` and return the file."""
    target = folder / "versions" / f"{REVISION}.py"
    target.unlink(missing_ok=True)
    settings = config()
    settings.set_main_option("script_location", str(folder))
    before = ScriptDirectory.from_config(settings).get_current_head()
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(Settings(data_dir=Path(scratch), database_url=""))
        with database.engine.execution_options(**{WRITES: True}).begin() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, str(before))
            script = command.revision(settings, TITLE, autogenerate=True, rev_id=REVISION)
        database.close()
    if script is None or isinstance(script, list):
        msg = f"Alembic made {script!r} instead of one revision"
        raise RuntimeError(msg)
    return Path(script.path).rename(target)


def put_into_format(made: Path) -> None:
    """Put a revision into the house's format."""
    for step in (["format", "--quiet"], ["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(made)], check=True)  # noqa: S603 - our own tool


def main() -> None:
    """Write the revision."""
    made = regenerate()
    put_into_format(made)
    print(made)  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
