"""What the Google Ads API can be asked about a customer: fields by their name in a query."""

from collections.abc import Callable, Mapping
from typing import Any

from audience_sync.sandbox.google.seeds import Account
from audience_sync.sandbox.google.state import State

# A row of an answer before its fields are chosen: the customer asked, the customer shown, and its level below that.
Row = tuple[Account, Account, int]
Columns = Mapping[str, Callable[[State, Row], Any]]

DECLARED = "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
INTERFACE = "https://ads.google.com/aw/recommendations"

CUSTOMER: Columns = {
    "customer.resource_name": lambda state, row: f"customers/{row[0].id}",
    "customer.id": lambda state, row: int(row[0].id),
    "customer.descriptive_name": lambda state, row: row[0].name,
    "customer.currency_code": lambda state, row: row[0].currency,
    "customer.time_zone": lambda state, row: row[0].time_zone,
    "customer.manager": lambda state, row: row[0].is_manager,
    "customer.test_account": lambda state, row: row[0].is_test,
    "customer.auto_tagging_enabled": lambda state, row: True,
    "customer.status": lambda state, row: state.status(row[0]),
    "customer.contains_eu_political_advertising": lambda state, row: (
        "UNSPECIFIED" if row[0].id in state.settings.undeclared_accounts else DECLARED
    ),
    "customer.conversion_tracking_setting.accepted_customer_data_terms": lambda state, row: (
        row[0].id not in state.settings.terms_missing
    ),
}
CUSTOMER_CLIENT: Columns = {
    "customer_client.resource_name": lambda state, row: f"customers/{row[0].id}/customerClients/{row[1].id}",
    "customer_client.client_customer": lambda state, row: f"customers/{row[1].id}",
    "customer_client.id": lambda state, row: int(row[1].id),
    "customer_client.descriptive_name": lambda state, row: row[1].name,
    "customer_client.currency_code": lambda state, row: row[1].currency,
    "customer_client.time_zone": lambda state, row: row[1].time_zone,
    "customer_client.manager": lambda state, row: row[1].is_manager,
    "customer_client.test_account": lambda state, row: row[1].is_test,
    "customer_client.hidden": lambda state, row: row[1].is_hidden,
    "customer_client.level": lambda state, row: row[2],
    "customer_client.status": lambda state, row: state.status(row[1]),
}
CAMPAIGN: Columns = {
    "campaign.resource_name": lambda state, row: f"customers/{row[0].id}/campaigns/1",
    "metrics.optimization_score_url": lambda state, row: f"{INTERFACE}?ocid={row[0].internal_id}",
}
# By the resource of the FROM clause: its own fields, which are always shown by their name, and those of the customer.
RESOURCES: Mapping[str, Columns] = {
    "customer": CUSTOMER,
    "customer_client": {**CUSTOMER_CLIENT, **CUSTOMER},
    "campaign": {**CAMPAIGN, **CUSTOMER},
}
WHOLE_NUMBERS = frozenset({"customer.id", "customer_client.id", "customer_client.level"})
