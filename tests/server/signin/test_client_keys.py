from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc import jwk

from server.ops.private_file import KeyFileError
from server.settings import OpenIdSettings, Settings
from server.signin.client_keys import algorithm_of, client_key, key_file, public_keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_a_key_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    first = client_key(settings, "resident")
    assert client_key(settings, "resident").thumbprint() == first.thumbprint()
    assert client_key(settings, "staff").thumbprint() != first.thumbprint()
    assert key_file(settings, "resident").stat().st_mode & 0o777 == 0o600
    assert algorithm_of(first) == "ES256"


def test_only_the_public_half_is_shown(settings: Settings) -> None:
    private = client_key(settings, "resident").as_dict(private=True)
    assert str(private["d"]) not in json.dumps(public_keys(settings, "resident"))


def test_a_key_of_ones_own_is_used(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(jwk.RSAKey.generate_key(2048).as_dict(private=True)))
    file.chmod(0o600)
    openid = OpenIdSettings(issuer="https://id.example", client_id="city", key_file=str(file))
    own = settings.model_copy(update={"resident_openid": openid})
    assert algorithm_of(client_key(own, "resident")) == "RS256"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"kty":"oct","k":"AAAA"}', "public"])
def test_a_damaged_key_is_said_so_and_never_replaced(settings: Settings, content: str) -> None:
    if content == "public":
        content = json.dumps(client_key(settings, "resident").as_dict(private=False))
    file = key_file(settings, "resident")
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"openid-resident\.json"):
        client_key(settings, "resident")
    assert file.read_text() == content


def test_a_key_that_others_may_read_is_refused(settings: Settings) -> None:
    client_key(settings, "resident")
    key_file(settings, "resident").chmod(0o640)
    with pytest.raises(KeyFileError, match="640"):
        client_key(settings, "resident")
