"""The app factory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from server import errors
from server.access import connections, enforcing, limits
from server.db import Database
from server.features import load_models, modules
from server.guard import Guard
from server.jobs.runner import Runner
from server.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the app with every feature that is there. Its tables must exist (`sonae-server migrate`).

    Raises:
        PolicyMissingError: a route or socket declares no policy.

    `app.state` holds `settings`, `database` and `jobs` (the runner, which works while the app's lifespan runs).
    """
    load_models()
    database = Database(settings)
    app = FastAPI(title="Sonae", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.settings = settings
    app.state.database = database
    app.state.jobs = Runner(database)
    errors.install(app)
    modules("jobs")
    enforcing.install(app)
    limits.install(app)
    connections.install(app)
    enforcing.check([module.router for module in modules("routes")])
    for module in modules("routes"):
        app.include_router(module.router)
        if mount := getattr(module, "mount", None):
            mount(app)
    app.add_middleware(Guard, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    runner: Runner = app.state.jobs
    database: Database = app.state.database
    try:
        async with AsyncExitStack() as stack:
            for module in modules("routes"):
                if lifespan := getattr(module, "lifespan", None):
                    await stack.enter_async_context(lifespan(app))
            stack.enter_context(runner.running())
            yield
    finally:
        database.close()
