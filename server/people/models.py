"""People, the ways that lead to them, their tickets, and who may act for whom."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import JST, UtcDateTime, new_id, now
from server.db import Base


class Person(Base):
    """A person. Only what is needed to know them again at the counter: no address, no number of any register."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_kana", "kana_key", "birth_date"),
        Index("ix_person_name", "name_key", "birth_date"),
        Index("ix_person_merged", "merged_into"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    """As typed: 髙﨑 stays 髙﨑."""
    name_kana: Mapped[str] = mapped_column(String(80), default="")
    """Their own reading, never guessed."""
    birth_date: Mapped[dt.date | None] = mapped_column(Date)
    name_key: Mapped[str] = mapped_column(String(80), default="")
    """For searching: variants of characters made one."""
    kana_key: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    """When they were last here, in person or by a sign-in: what the keeping period counts from."""
    verified_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When name and birth date were proved, by an identity provider or at the counter."""
    merged_into: Mapped[str | None] = mapped_column(String(16))
    """The person that this turned out to be too. Everything that led here leads there."""


class Identity(Base):
    """One way by which a person proves who they are. They may hold several of each kind."""

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("kind IN ('oidc', 'passkey', 'mail', 'paper')", name="kind"),
        UniqueConstraint("kind", "issuer", "subject", name="uq_identity_way"),
        Index("ix_identity_person", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    issuer: Mapped[str] = mapped_column(String(200), default="")
    """Of OIDC; empty for the others."""
    subject: Mapped[str] = mapped_column(String(320))
    """The pairwise sub, the passkey's id, the address, or the printed card's hash."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class TicketClaim(Base):
    """Whose ticket it is. The only place that ties a person to what was recorded under a ticket: cut, it is gone."""

    __tablename__ = "ticket_claim"
    __table_args__ = (Index("ix_ticket_claim_person", "person_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    claimed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class Mandate(Base):
    """Somebody may act for a person, for a while: a parent, a carer, or staff as proxy."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("kind IN ('parent', 'carer', 'proxy')", name="kind"),
        CheckConstraint("(holder_person_id IS NULL) <> (holder_staff_id IS NULL)", name="one_holder"),
        CheckConstraint("until_at > from_at", name="ends"),
        Index("ix_mandate_person", "for_person_id"),
        Index("ix_mandate_holder_person", "holder_person_id"),
        Index("ix_mandate_holder_staff", "holder_staff_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    holder_person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    holder_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    for_person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(10))
    """Where it was given: counter, telephone or online."""
    proof: Mapped[str] = mapped_column(String(20))
    """How it was shown, by a code of `mandates.PROOFS`."""
    from_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    until_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    """The actor who entered it."""

    @property
    def last_day(self) -> dt.date:
        """The last day, in Japan, on which it holds."""
        return (self.until_at - dt.timedelta(microseconds=1)).astimezone(JST).date()


class Acting(Base):
    """A resident's sign-in that acts for somebody else just now."""

    __tablename__ = "acting"

    sign_in_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    mandate_id: Mapped[str] = mapped_column(ForeignKey("mandate.id", ondelete="CASCADE"))
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class Double(Base):
    """Two people who may be one. A clerk decides; nothing is merged by itself, and a merge can be undone a while."""

    __tablename__ = "double"
    __table_args__ = (
        CheckConstraint("decision IN ('', 'merge', 'apart')", name="decision"),
        CheckConstraint("person_a < person_b", name="ordered"),
        UniqueConstraint("person_a", "person_b", name="uq_double_pair"),
        Index("ix_double_b", "person_b"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    person_a: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    person_b: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    found_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    decision: Mapped[str] = mapped_column(String(10), default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    kept: Mapped[str] = mapped_column(String(16), default="")
    """Of a merge: the person that stays."""
    gone: Mapped[str] = mapped_column(String(16), default="")
    """Of a merge: the person that leads to the other now."""


class Viewing(Base):
    """A staff member opened a person's record for a stated purpose. The person may see that it was opened."""

    __tablename__ = "viewing"
    __table_args__ = (
        Index("ix_viewing_person", "person_id", "opened_at"),
        Index("ix_viewing_sign_in", "sign_in_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    sign_in_id: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
