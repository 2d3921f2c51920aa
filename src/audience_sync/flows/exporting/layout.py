"""Which identifiers stand in the file, under whose rules, and under which headings."""

from dataclasses import dataclass, replace

from audience_sync.connectors.cards import card_of
from audience_sync.errors import Invalid
from audience_sync.identity.plain import PLAIN_1, PLAIN_COLUMNS
from audience_sync.model.exports import SHA256, UNHASHED, ExportOptions, Template
from audience_sync.model.identifiers import IdentifierKind, KeyColumn


@dataclass(frozen=True, slots=True)
class Layout:
    """The identifiers' columns in their order. Without `rules` they hold what is stored; else keys under these rules.

    In a template each column's `wire` is its heading and `most` limits how many columns of a kind there are.
    """

    columns: tuple[KeyColumn, ...]
    rules: str = ""
    template: Template = Template.NONE
    most: int | None = None

    @property
    def readable(self) -> tuple[str, ...]:
        """The columns that name a person and can be read: everything where nothing is hashed, else a few."""
        if not self.rules or not any(column.hashed for column in self.columns):
            return tuple(column.name for column in self.columns)
        return tuple(column.name for column in self.columns if column.names_a_person and not column.hashed)


@dataclass(frozen=True, slots=True)
class Form:
    """A platform's form for upload by hand."""

    rules: str
    columns: tuple[KeyColumn, ...]
    most: int | None


KIND = IdentifierKind
FORMS = {
    # Up to three columns of e-mails and of phones. Source: Meta's help page "How to format a customer list when
    # creating a custom audience" (facebook.com/business/help/2082575038703844), read 2026-11-24.
    Template.META: Form(
        "meta/1",
        (
            KeyColumn(KIND.EMAIL, "email"),
            KeyColumn(KIND.PHONE, "phone"),
            KeyColumn(KIND.MOBILE_AD_ID, "madid", hashed=False),
            KeyColumn(KIND.FIRST_NAME, "fn"),
            KeyColumn(KIND.LAST_NAME, "ln"),
            KeyColumn(KIND.CITY, "ct"),
            KeyColumn(KIND.REGION, "st"),
            KeyColumn(KIND.POSTAL_CODE, "zip"),
            KeyColumn(KIND.COUNTRY, "country"),
            KeyColumn(KIND.BIRTH_DATE, "doby", part="year"),
            KeyColumn(KIND.GENDER, "gen"),
        ),
        most=3,
    ),
    # Any number of Email and Phone columns; country and zip are never hashed. Source: Google's help page "Format your
    # customer data file" (support.google.com/google-ads/answer/7659867), read 2026-11-24.
    Template.GOOGLE: Form(
        "google/1",
        (
            KeyColumn(KIND.EMAIL, "Email"),
            KeyColumn(KIND.PHONE, "Phone"),
            KeyColumn(KIND.FIRST_NAME, "First Name"),
            KeyColumn(KIND.LAST_NAME, "Last Name"),
            KeyColumn(KIND.COUNTRY, "Country", hashed=False),
            KeyColumn(KIND.POSTAL_CODE, "Zip", hashed=False),
        ),
        most=None,
    ),
}


def layout_of(options: ExportOptions, rules: str = "") -> Layout:
    """The identifiers of the options; Invalid when there is no column for one, NotFound when there is no platform.

    `rules` are the platform's with the forms that were chosen; left out, those of its card.
    """
    kinds = options.identifiers
    if options.template is not Template.NONE:
        return _by_hand(options)
    if options.hashing == UNHASHED:
        return Layout(_chosen(PLAIN_COLUMNS, kinds, "We"))
    if options.hashing == SHA256:
        return Layout(_chosen(PLAIN_COLUMNS, kinds, "We"), PLAIN_1.name)
    card = card_of(options.hashing)
    return Layout(_chosen(card.known_columns, kinds, card.name), rules or card.rules)


def _by_hand(options: ExportOptions) -> Layout:
    form = FORMS[options.template]
    columns = _chosen(form.columns, options.identifiers, f"The template {options.template}")
    if not any(column.names_a_person for column in columns):
        raise Invalid("Nothing in this template names a person.", "Include e-mail or phone.")
    if options.hashing == UNHASHED:
        columns = tuple(replace(column, hashed=False) for column in columns)
    return Layout(columns, form.rules, options.template, form.most)


def _chosen(known: tuple[KeyColumn, ...], kinds: tuple[IdentifierKind, ...], who: str) -> tuple[KeyColumn, ...]:
    offered = {column.kind for column in known}
    if missing := [str(kind) for kind in kinds if kind not in offered]:
        raise Invalid(
            f"{who} has no column for {', '.join(missing)}.", f"Choose of {', '.join(map(str, sorted(offered)))}."
        )
    return tuple(column for column in known if column.kind in kinds)
