"""Our own address, as others are told it."""

from __future__ import annotations

from fastapi import Request

from server.settings import Settings


def base_of(request: Request) -> str:
    """Return `settings.public_url`, else the address of this request, whose host was checked: no slash at the end."""
    settings: Settings = request.app.state.settings
    return settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
