"""How somebody who played without ticket takes their record back: by its run code and a code of their own.

The station shows both at the end. The code of their own is made there, ten characters written and checked like a
ticket's (45 random bits). The run's header carries only its hash, bound to the run, so that whoever reads run codes
(staff do) can take nothing back with them.
"""

from __future__ import annotations

import hashlib
import hmac

from drill.ticket import format_ticket, new_ticket, read_ticket, run_code


def new_withdrawal_code() -> str:
    """Return a fresh code: ten characters."""
    return new_ticket()


def read_withdrawal_code(text: str) -> str:
    """Return the code in what a person typed, as forgiving as `read_ticket`. Raise TicketError."""
    return read_ticket(text)


def format_withdrawal_code(code: str) -> str:
    """Return a code as it is shown: two groups of five."""
    return format_ticket(code)


def withdrawal_hash(run_id: str, code: str) -> str:
    """Return the SHA-256 that the run's header carries: of the run id, a full stop and the ten characters."""
    return hashlib.sha256(f"{run_id}.{code}".encode("ascii")).hexdigest()


def is_withdrawal(run_id: str, code: str, known: str) -> bool:
    """Tell whether a code belongs to a run whose header carries `known`; a run without one can be nobody's."""
    return hmac.compare_digest(known or "-", withdrawal_hash(run_id, code))


def withdrawal_address(server: str, run_id: str, code: str) -> str:
    """Return what the QR at the station holds. What stands behind the # never leaves the phone by itself."""
    return f"{server}/run-code#{run_code(run_id)}.{code}"
