"""Makes the initial revision anew from all models: `python -m server.migrations.regenerate`.

Until the first release only: after it, a change of the tables is a revision of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Final

from alembic import command

from server.audit.triggers import statements
from server.db import WRITES, Database
from server.migrations.applying import FOLDER, config
from server.settings import Settings

REVISION: Final = "0001_initial"


def regenerate(folder: Path = FOLDER) -> Path:
    """Write the initial revision into `folder/versions` and return the file."""
    for old in (folder / "versions").glob("[0-9]*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(Settings(data_dir=Path(scratch), database_url=""))
        settings = config()
        settings.set_main_option("script_location", str(folder))
        with database.engine.execution_options(**{WRITES: True}).begin() as connection:
            settings.attributes["connection"] = connection
            script = command.revision(
                settings,
                "The tables of the first release.",
                autogenerate=True,
                rev_id=REVISION,
            )
        database.close()
    if script is None or isinstance(script, list):
        msg = f"Alembic made {script!r} instead of one revision"
        raise RuntimeError(msg)
    made = Path(script.path)
    made_text = made.read_text(encoding="utf-8")
    target = made.with_name(f"{REVISION}.py")
    made.unlink()
    target.write_text(_with_triggers(made_text), encoding="utf-8")
    return target


def _with_triggers(text: str) -> str:
    """Return the revision with the triggers of the audit record, which no model shows, written out in full."""
    for engine in ("sqlite", "postgresql"):
        lines = "".join(f"        op.execute({_literal(statement)})\n" for statement in statements(engine))
        block = f"    if op.get_bind().dialect.name == {engine!r}:\n{lines}"
        text = text.replace("\n\n\ndef downgrade", f"\n{block.rstrip()}\n\n\ndef downgrade")
    return text


def _literal(statement: str) -> str:
    """Return a statement as string literals of a width that fits the house."""
    return " ".join(repr(part) for part in textwrap.wrap(statement, 80, drop_whitespace=False))


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
