"""Every setting is documented: no installation is run by settings that only the code knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from server.ops import settings_page
from server.settings import Settings

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_page_is_what_the_settings_say() -> None:
    """When this fails, run `python -m server.ops.settings_page`."""
    assert settings_page.FILE.read_text("utf-8") == settings_page.page()


def test_a_setting_that_nobody_tells_of_is_seen() -> None:
    """The control."""

    class Secretive(BaseModel):
        """Something.

        Attributes:
            known: what it is.
        """

        known: int = 1
        hidden: int = 2

    with pytest.raises(settings_page.UndocumentedSettingError, match="hidden"):
        settings_page.meanings(Secretive)


@pytest.mark.parametrize("page", ["operations.md", "runbook.md", "sign-in.md", "postgresql.md"])
def test_the_papers_name_no_setting_that_is_not_there(page: str) -> None:
    known = {f"SONAE_{name.upper()}" for name in Settings.model_fields}
    named = {
        name.partition("__")[0] for name in re.findall(r"SONAE_[A-Z][A-Z_]*[A-Z]", (DOCS / page).read_text("utf-8"))
    }
    assert named - known == set()


def test_no_default_shows_a_path_of_this_machine() -> None:
    assert str(Path.cwd()) not in settings_page.page()
