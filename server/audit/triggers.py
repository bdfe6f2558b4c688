"""Triggers that make the audit record append-only, whoever asks."""

from __future__ import annotations

from typing import Final

_REFUSES: Final = "BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END"
_SQLITE: Final = (
    f"CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry {_REFUSES}",
    f"CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry {_REFUSES}",
)
_FUNCTION: Final = """CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit record is append-only'; END $$"""
_TRIGGER: Final = """CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()"""
_POSTGRESQL: Final = (_FUNCTION, _TRIGGER)


def statements(dialect: str) -> tuple[str, ...]:
    """Return the statements for `sqlite` or `postgresql`."""
    return _SQLITE if dialect == "sqlite" else _POSTGRESQL
