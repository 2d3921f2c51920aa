"""One made-up person, by whom every platform's rules are shown. Each value is in the platforms' test vectors."""

from audience_sync.model.identifiers import IdentifierKind

COUNTRY = "US"
"""The country that this person's values are read in."""

PERSON = {
    IdentifierKind.EMAIL: "Jane.Doe+News@GMail.com",
    IdentifierKind.PHONE: "+1 (555) 987-6543",
    IdentifierKind.MOBILE_AD_ID: "38400000-8CF0-11BD-B23E-10B96E40000D",
    IdentifierKind.EXTERNAL_ID: " cust-42 ",
    IdentifierKind.FIRST_NAME: "Brian",
    IdentifierKind.LAST_NAME: "O'Brien",
    IdentifierKind.CITY: "San Francisco",
    IdentifierKind.REGION: "California",
    IdentifierKind.POSTAL_CODE: "90210-1234",
    IdentifierKind.COUNTRY: "US",
    IdentifierKind.BIRTH_DATE: "1985-7-4",
    IdentifierKind.GENDER: "Female",
}
