"""The pages about people: a resident's own, the counter's, and the queue of likely doubles."""

from __future__ import annotations

from fastapi import APIRouter

from server.people import counter_routes, doubles_routes, my_routes, proxy_routes

router = APIRouter()
router.include_router(my_routes.router)
router.include_router(doubles_routes.router)
router.include_router(counter_routes.router)
router.include_router(proxy_routes.router)
