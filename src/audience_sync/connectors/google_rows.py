"""A batch's rows as members of Google's request, made column by column: no loop over people."""

from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.connectors.google_wire import CARD
from audience_sync.connectors.rows import BLANK, Piece, Texts, cells, listed
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.platforms import Action

ADDRESS = {
    IdentifierKind.FIRST_NAME: '{"address":{"givenName":"',
    IdentifierKind.LAST_NAME: '","familyName":"',
    IdentifierKind.COUNTRY: '","regionCode":"',
    IdentifierKind.POSTAL_CODE: '","postalCode":"',
}
"""The parts of an address, each with the text before it."""


@dataclass(frozen=True, slots=True)
class Members:
    """Members of one kind, each as JSON text."""

    texts: Texts

    def __len__(self) -> int:
        return len(self.texts)

    def json(self) -> Piece:
        """All of them, as the inside of a JSON array."""
        return listed(self.texts)

    def without(self, numbers: tuple[int, ...]) -> "Members":
        """The members but those at these places."""
        places: Texts = pa.array(range(len(self.texts)), pa.int64())
        keeps = pc.invert(pc.is_in(places, pa.array(numbers, pa.int64())))
        return Members(self.texts.filter(keeps))


@dataclass(frozen=True, slots=True)
class Payload:
    """A batch's members by the list that takes them."""

    contacts: Members
    mobiles: Members


def prepare(_action: Action, rows: pa.Table) -> Payload:
    return Payload(contacts(rows), mobiles(rows))


def contacts(rows: pa.Table) -> Members:
    """The rows that have an e-mail or a phone, with their address where all four parts of it are there.

    An address alone is never sent: no ledger could name it when it is to be removed. A person with several values of a
    kind comes in several rows, and so as several members.
    """
    email = _wrapped(_column(rows, IdentifierKind.EMAIL), '{"emailAddress":"', '"},')
    phone = _wrapped(_column(rows, IdentifierKind.PHONE), '{"phoneNumber":"', '"},')
    named = pc.or_(pc.is_valid(email), pc.is_valid(phone))
    # Arrow's own way to leave nulls out of a join forgets the rows where there is nothing else.
    known: list[Texts] = [pc.fill_null(each, "") for each in (email, phone, _addresses(rows))]
    found = pc.utf8_rtrim(pc.binary_join_element_wise(*known, ""), ",")
    return Members(_wrapped(found, '{"userData":{"userIdentifiers":[', "]}}").filter(named))


def mobiles(rows: pa.Table) -> Members:
    """The rows that have a mobile ad id."""
    return Members(
        _wrapped(_column(rows, IdentifierKind.MOBILE_AD_ID), '{"mobileData":{"mobileIds":["', '"]}}').drop_null()
    )


def _addresses(rows: pa.Table) -> Texts:
    """The address of each row, null where a part of it is missing."""
    parts = [_wrapped(_column(rows, kind), before, "") for kind, before in ADDRESS.items()]
    whole: Texts = reduce(lambda left, right: pc.binary_join_element_wise(left, right, ""), parts)
    return _wrapped(whole, "", '"}},')


def _column(rows: pa.Table, kind: IdentifierKind) -> Texts:
    """The column's cells ready for JSON, null where there is none."""
    if kind not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    column = next(each for each in CARD.known_columns if each.kind == kind)
    texts = cells(rows[column.name], column)
    return pc.if_else(pc.equal(texts, BLANK), pa.scalar(None, pa.string()), texts)


def _wrapped(texts: Texts, before: str, after: str) -> Texts:
    """The texts between two others; null stays null."""
    return pc.binary_join_element_wise(pa.scalar(before), texts, pa.scalar(after), "")
