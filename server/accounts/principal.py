"""Whoever stands behind a request: nobody known, a resident, or staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Role = Literal["clerk", "instructor", "health_worker", "analyst", "administrator", "auditor"]
ROLES: Final[tuple[Role, ...]] = ("clerk", "instructor", "health_worker", "analyst", "administrator", "auditor")
PrincipalKind = Literal["nobody", "resident", "staff"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as one open sign-in says.

    Attributes:
        kind: nobody (no sign-in), resident, or staff.
        id: of the staff member or of the person; empty for nobody, and for a resident known by a ticket alone.
        name: how pages greet; never written to logs or to the audit record.
        roles: of staff.
        department: of staff; empty means the whole city.
        ticket_hash: the ticket that a resident signed in with, if it was one.
        sign_in: id of the open sign-in.
        proved_at: when a password, key or code was last shown: privileged acts ask that it was a short while ago.
        limited: staff without second factor yet: may set it up, and nothing else.
    """

    kind: PrincipalKind = "nobody"
    id: str = ""
    name: str = ""
    roles: frozenset[Role] = frozenset()
    department: str = ""
    ticket_hash: str = ""
    sign_in: str = ""
    proved_at: datetime | None = None
    limited: bool = False

    @property
    def actor(self) -> str:
        """How the audit record calls this principal: `staff:<id>`, `person:<id>`, `ticket:<hash's start>`, `nobody`."""
        if self.kind == "resident":
            return f"person:{self.id}" if self.id else f"ticket:{self.ticket_hash[:12]}"
        return f"staff:{self.id}" if self.kind == "staff" else "nobody"

    def of_department(self, department: str) -> bool:
        """Tell whether something of a department is this staff member's business; "" is the whole city's."""
        return not self.department or not department or self.department == department


NOBODY: Final = Principal()
