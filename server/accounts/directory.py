"""Who staff are now, for pages that show them and for acts that are carried out later than they were asked for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.accounts import store
from server.accounts.models import Staff
from server.accounts.principal import NOBODY, ROLES, Principal


def names_of_staff(db: Session) -> dict[str, str]:
    """Return the names of all staff by id, of those who left too."""
    return {staff.id: staff.name for staff in store.all_staff(db)}


def standing(db: Session, staff_id: str) -> Principal:
    """Return a staff member as they stand now, without any sign-in; NOBODY when unknown or disabled."""
    staff = db.get(Staff, staff_id, populate_existing=True)
    if staff is None or staff.disabled_at is not None:
        return NOBODY
    return Principal(
        kind="staff",
        id=staff.id,
        name=staff.name,
        roles=frozenset(role for role in ROLES if role in staff.roles),
        department=staff.department,
    )
