"""`docs/sign-in.md` names every setting of the doors, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.settings import OpenIdSettings, Settings

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "sign-in.md").read_text("utf-8")


def test_every_setting_of_a_sign_in_service_is_explained() -> None:
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.MULTILINE))
    assert explained == {name.upper() for name in OpenIdSettings.model_fields}


def test_every_variable_exists() -> None:
    written = set(re.findall(r"^SONAE_([A-Z_]+)=", TEXT, re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"RESIDENT_OPENID__{name.upper()}" for name in OpenIdSettings.model_fields}
    assert len(written) > 8
    assert written <= known


def test_the_example_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(SONAE_[A-Z_]+)=(\".*\"|'.*'|[^\s#]+)", TEXT, re.MULTILINE):
        monkeypatch.setenv(name, value.strip("'\""))
    settings = Settings()
    assert settings.resident_openid is not None
    assert settings.resident_openid.acr_accepted == ("aal3",)
    assert settings.resident_openid.scope == "openid name address birthdate"
    assert settings.resident_address == "長野県架空市"
    assert settings.mail_password.get_secret_value() == "..."
    assert "..." not in repr(settings.mail_password)
