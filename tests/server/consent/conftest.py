"""The same residents as the tests of requests have."""

from tests.server.requests.conftest import act_for, resident, sign_in

__all__ = ["act_for", "resident", "sign_in"]
