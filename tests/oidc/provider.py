"""A real OpenID provider on loopback: npm's oidc-provider under `provider.mjs`."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from joserfc import jwk

from server.settings import OpenIdSettings, Settings
from server.signin.client_keys import client_key, public_keys

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCOPE = "openid name address birthdate gender email"
PEOPLE = {
    "takasaki": {
        "sub": "3f1c9a",
        "name": "髙﨑 花子",
        "birthdate": "19480401",
        "gender": "2",
        "address": {"formatted": "長野県架空市中央１－２－３"},
    },
    "yoshida": {
        "sub": "77aa01",
        "name": "𠮷田 一郎",
        "birthdate": "1990-02-28",
        "gender": {"code": ["?"]},
        "address": {"region": "東京都", "locality": "よその市", "street_address": "4-5-6"},
    },
    "nameless": {"sub": "000000", "birthdate": "1990-02-30"},
    "clerk": {"sub": "5c1e7b", "name": "職員 一", "email": "clerk@city.example", "email_verified": True},
    "unchecked": {"sub": "5c1e7c", "name": "職員 二", "email": "clerk@city.example", "email_verified": False},
}


def _node() -> Path:
    """Node 22 or newer: of the virtual environment, else the system's."""
    for found in (Path(sys.prefix) / "bin" / "node", shutil.which("node")):
        if found and Path(found).exists():
            version = subprocess.run([str(found), "--version"], capture_output=True, text=True, check=True).stdout
            if int(version.lstrip("v").partition(".")[0]) >= 22:
                return Path(found)
    pytest.skip("no Node 22 or newer here; ./run setup dev fetches one")


class Provider(NamedTuple):
    """The running provider: its issuer name and a way to plant faults in it."""

    issuer: str
    data_dir: Path

    def settings(self, client: str = "city-es", **changes: Any) -> OpenIdSettings:
        key = str(self.data_dir / "keys" / "openid-resident.json")
        values = {
            "issuer": self.issuer,
            "client_id": client,
            "scope": SCOPE,
            "acr_values": "aal3 crl",
            "acr_accepted": ("aal3",),
            "key_file": key,
        }
        return OpenIdSettings(**{**values, **changes})

    def plant(self, **fault: Any) -> None:
        """Plant a fault in the provider's next answers; none takes it away."""
        httpx.put(f"{self.issuer}/saboteur", json=fault, trust_env=False).raise_for_status()


@contextmanager
def providing(folder: Path, *, home: str) -> Iterator[Provider]:
    """Run a provider that knows us at the address `home`; its keys and its log lie in a folder."""
    if not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm's oidc-provider is not in node_modules; ./run setup dev fetches it")
    node = _node()
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=folder, database_url="")
    client_key(settings, "resident")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    keys = [
        jwk.ECKey.generate_key("P-256", {"kid": "es", "use": "sig", "alg": "ES256"}),
        jwk.RSAKey.generate_key(2048, {"kid": "rs", "use": "sig", "alg": "RS256"}),
    ]
    common = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "subject_type": "pairwise",
        "jwks": public_keys(settings, "resident"),
    }
    back = [f"{home}/signin/digital/back"]
    setup = {
        "issuer": f"http://127.0.0.1:{port}",
        "scope": SCOPE,
        "keys": [key.as_dict(private=True) for key in keys],
        "people": PEOPLE,
        "clients": [
            {**common, "client_id": "city-es", "redirect_uris": back, "id_token_signed_response_alg": "ES256"},
            {**common, "client_id": "city-rs", "redirect_uris": back, "id_token_signed_response_alg": "RS256"},
            {
                **common,
                "client_id": "staff",
                "redirect_uris": [f"{home}/staff/signin/oidc/back"],
                "id_token_signed_response_alg": "RS256",
            },
        ],
    }
    log = (folder / "provider.log").open("w")
    process = subprocess.Popen(
        [str(node), str(HERE / "provider.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(setup))
    process.stdin.close()
    ready = process.stdout.readline()
    if ready != "ready\n":
        process.wait(timeout=10)
        pytest.fail(f"the provider did not start: {(folder / 'provider.log').read_text()[-2000:]}", pytrace=False)
    yield Provider(setup["issuer"], folder)
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()
    log.close()
