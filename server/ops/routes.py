"""Whether the house stands: for whoever starts it, watches it or waits for it."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from server.access.enforcing import allow
from server.db import Db
from server.ops import jobs

router = APIRouter(prefix="/api")
lifespan = jobs.running


@router.get("/health", dependencies=[allow("public")])
def health(db: Db) -> dict[str, str]:
    """Answer when server and database do."""
    db.execute(text("SELECT 1"))
    return {"status": "ok"}
