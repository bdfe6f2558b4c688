from __future__ import annotations

from fastapi.testclient import TestClient

from server.opendata.tokens import Tokens


def test_a_clerk_redeems_a_token_once(sqlite_client: TestClient) -> None:
    tokens: Tokens = sqlite_client.app.state.tokens  # type: ignore[attr-defined]  # the app keeps it there
    code = tokens.hand_out("エコバッグ")
    assert "Redeem a token" in sqlite_client.get("/tokens?lang=en").text
    good = sqlite_client.post("/tokens", data={"code": code.lower()})
    assert good.status_code == 200
    assert "エコバッグ" in good.text
    for used in (code, "0000000000", "<b>"):
        answer = sqlite_client.post("/tokens", data={"code": used})
        assert answer.status_code == 422
        assert "<b>" not in answer.text
