"""Tables of who is signed in with a browser, and of the links that let somebody choose a new password."""

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Id, Moment, Sometime, Text


class WebSession(Base):
    """A browser in which a user is signed in. Only the SHA-256 of its cookie is kept; ended ones are deleted."""

    __tablename__ = "web_sessions"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[Text]
    browser: Mapped[Text]
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]


class PasswordLink(Base):
    """A link with which a user may set a password once. Only the SHA-256 of its secret is kept."""

    __tablename__ = "password_links"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Sometime]


async def drop(session: AsyncSession, user_id: str, *, keep: str = "") -> None:
    """The user is signed out everywhere with the caller's change, but for the session `keep`."""
    await session.execute(sa.delete(WebSession).where(WebSession.user_id == user_id, WebSession.id != keep))
