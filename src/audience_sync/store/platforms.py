"""Tables of what a person granted us on an ad platform: sign-ins under way, connections, ad accounts."""

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Flag, Id, Json, Moment, Sometime, Text, Texts


class OAuthState(Base):
    """A sign-in that was begun: used once, within ten minutes. Only the SHA-256 of the state is kept."""

    __tablename__ = "oauth_states"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    platform: Mapped[str] = mapped_column(String(40))
    actor_kind: Mapped[str] = mapped_column(String(20), default="user", server_default="user")
    actor_id: Mapped[Text]
    actor_name: Mapped[Text]
    verifier: Mapped[Text]  # Sealed.
    return_to: Mapped[Text]
    expires_at: Mapped[Moment]
    used_at: Mapped[Sometime]


class Connection(Base):
    """A grant on one platform. `state` is live, expiring or broken; tokens are sealed."""

    __tablename__ = "connections"
    __table_args__ = (
        Index(
            "uq_connections_subject",
            "platform",
            "subject",
            unique=True,
            sqlite_where=sa.text("subject <> ''"),
            postgresql_where=sa.text("subject <> ''"),
        ),
    )

    id: Mapped[Id]
    platform: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[Text]
    label: Mapped[Text]
    kind: Mapped[str] = mapped_column(String(40))
    token: Mapped[Text]  # Sealed.
    refresh_token: Mapped[Text]  # Sealed.
    scopes: Mapped[Texts]
    declined: Mapped[Texts]
    expires_at: Mapped[Sometime]
    data_access_expires_at: Mapped[Sometime]
    state: Mapped[str] = mapped_column(String(20), default="live")
    problem: Mapped[Text]
    created_by: Mapped[Text]
    created_at: Mapped[Moment]
    checked_at: Mapped[Sometime]
    renewing_until: Mapped[Sometime]
    """A worker is exchanging the token; until then no other one does."""


class AdAccount(Base):
    """An advertiser account reachable through a connection; `selected` when the user chose it."""

    __tablename__ = "ad_accounts"
    __table_args__ = (UniqueConstraint("connection_id", "remote_id"),)

    id: Mapped[Id]
    connection_id: Mapped[str] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"), index=True)
    platform: Mapped[str] = mapped_column(String(40))
    remote_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[Text]
    currency: Mapped[Text]
    timezone: Mapped[Text]
    business: Mapped[Text]
    via: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """The account through which it is reached, where the platform must be told."""
    readiness: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list, server_default="[]")
    """The newest checklist, one object per check, and when it was made."""
    checked_at: Mapped[Sometime]
    status: Mapped[str] = mapped_column(String(40), default="active")
    usable: Mapped[Flag]
    problem: Mapped[Text]
    selected: Mapped[Flag]
    seen_at: Mapped[Moment]
