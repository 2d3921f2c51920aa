"""The messages of the Data Manager API that concern audiences. Source: the API's reference, version v1."""

from audience_sync.sandbox.google.moments import moment_text
from audience_sync.sandbox.google.schema import BOOL, DURATION, INT32, INT64, STRING, Field, Many, Message, Scalar, enum

TIMESTAMP = Scalar("type.googleapis.com/google.protobuf.Timestamp", moment_text)

ACCOUNT_TYPE = enum(
    "ProductAccount.AccountType",
    "ACCOUNT_TYPE_UNSPECIFIED", "GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER",
    "GOOGLE_ANALYTICS_PROPERTY", "GOOGLE_AD_MANAGER_AUDIENCE_LINK", "FLOODLIGHT_CONFIG", "GOOGLE_AD_MANAGER",
)  # fmt: skip
PRODUCT = enum(
    "Product",
    "PRODUCT_UNSPECIFIED", "GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER",
)  # fmt: skip
ENCODING = enum("Encoding", "ENCODING_UNSPECIFIED", "HEX", "BASE64")
CONSENT_STATUS = enum("ConsentStatus", "CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED")
TERMS_STATUS = enum("TermsOfServiceStatus", "TERMS_OF_SERVICE_STATUS_UNSPECIFIED", "ACCEPTED", "REJECTED")
WRAPPED_KEY_TYPE = enum("KeyType", "KEY_TYPE_UNSPECIFIED", "XCHACHA20_POLY1305")
UPLOAD_KEY_TYPE = enum(
    "IngestedUserListInfo.UploadKeyType",
    "UPLOAD_KEY_TYPE_UNSPECIFIED", "CONTACT_ID", "MOBILE_ID", "USER_ID", "PAIR_ID", "PSEUDONYMOUS_ID",
)  # fmt: skip
DATA_SOURCE_TYPE = enum(
    "DataSourceType",
    "DATA_SOURCE_TYPE_UNSPECIFIED", "DATA_SOURCE_TYPE_FIRST_PARTY", "DATA_SOURCE_TYPE_THIRD_PARTY_CREDIT_BUREAU",
    "DATA_SOURCE_TYPE_THIRD_PARTY_VOTER_FILE", "DATA_SOURCE_TYPE_THIRD_PARTY_PARTNER_DATA",
)  # fmt: skip
KEY_SPACE = enum("MobileIdInfo.KeySpace", "KEY_SPACE_UNSPECIFIED", "IOS", "ANDROID")
MEMBERSHIP_STATUS = enum("UserList.MembershipStatus", "MEMBERSHIP_STATUS_UNSPECIFIED", "OPEN", "CLOSED")
CLOSING_REASON = enum("UserList.ClosingReason", "CLOSING_REASON_UNSPECIFIED", "UNUSED")
ACCESS_REASON = enum(
    "UserList.AccessReason",
    "ACCESS_REASON_UNSPECIFIED", "OWNED", "SHARED", "LICENSED", "SUBSCRIBED", "AFFILIATED",
)  # fmt: skip
ACCESS_STATUS = enum("UserList.AccessStatus", "ACCESS_STATUS_UNSPECIFIED", "ENABLED", "DISABLED")
REQUEST_STATUS = enum(
    "RequestStatusPerDestination.RequestStatus",
    "REQUEST_STATUS_UNKNOWN", "SUCCESS", "PROCESSING", "FAILED", "PARTIAL_SUCCESS",
)  # fmt: skip
MATCH_RATE_RANGE = enum(
    "MatchRateRange",
    "MATCH_RATE_RANGE_UNKNOWN", "MATCH_RATE_RANGE_NOT_ELIGIBLE", "MATCH_RATE_RANGE_LESS_THAN_20",
    "MATCH_RATE_RANGE_20_TO_30", "MATCH_RATE_RANGE_31_TO_40", "MATCH_RATE_RANGE_41_TO_50", "MATCH_RATE_RANGE_51_TO_60",
    "MATCH_RATE_RANGE_61_TO_70", "MATCH_RATE_RANGE_71_TO_80", "MATCH_RATE_RANGE_81_TO_90", "MATCH_RATE_RANGE_91_TO_100",
)  # fmt: skip
DATA_TYPE = enum("DataType", "DATA_TYPE_UNSPECIFIED", "EMAIL", "PHONE_NUMBER", "ADDRESS", "IP_ADDRESS")
ERROR_PREFIX = "PROCESSING_ERROR_REASON_"
PROCESSING_ERRORS = {
    "UNSPECIFIED": 0, "DENIED_CONSENT": 4, "NO_CONSENT": 5, "UNKNOWN_CONSENT": 6, "INTERNAL_ERROR": 13,
    "INVALID_FORMAT": 18, "DECRYPTION_ERROR": 19, "DEK_DECRYPTION_ERROR": 20, "INVALID_WIP": 21, "INVALID_KEK": 22,
    "WIP_AUTH_FAILED": 23, "KEK_PERMISSION_DENIED": 24, "USER_IDENTIFIER_DECRYPTION_ERROR": 25, "AWS_AUTH_FAILED": 27,
    "INVALID_MOBILE_ID_FORMAT": 34,
}  # fmt: skip
PROCESSING_ERROR_REASON = enum(
    "ProcessingErrorReason", **{f"{ERROR_PREFIX}{name}": number for name, number in PROCESSING_ERRORS.items()}
)

CONSENT = Message({"ad_user_data": CONSENT_STATUS, "ad_personalization": CONSENT_STATUS})
PRODUCT_ACCOUNT = Message({"product": PRODUCT, "account_id": STRING, "account_type": ACCOUNT_TYPE})
DESTINATION = Message(
    {
        "reference": STRING,
        "login_account": PRODUCT_ACCOUNT,
        "linked_account": PRODUCT_ACCOUNT,
        "operating_account": PRODUCT_ACCOUNT,
        "product_destination_id": STRING,
    }
)
ADDRESS_PARTS = (
    "given_name",
    "family_name",
    "region_code",
    "postal_code",
    "address_line",
    "city",
    "administrative_area",
)
IDENTIFIERS = ("email_address", "phone_number", "address")
USER_IDENTIFIER = Message(
    {"email_address": STRING, "phone_number": STRING, "address": Message(dict.fromkeys(ADDRESS_PARTS, STRING))},
    oneof=IDENTIFIERS,
    oneof_name="identifier",
)
USER_DATA = Message({"user_identifiers": Many(USER_IDENTIFIER)})
IP_DATA = Message({"ip_address": STRING, "observe_start_time": TIMESTAMP, "observe_end_time": TIMESTAMP})
DATA: dict[str, Field] = {
    "user_data": USER_DATA,
    "mobile_data": Message({"mobile_ids": Many(STRING)}),
    "user_id_data": Message({"user_id": STRING}),
    "composite_data": Message({"user_data": USER_DATA, "ip_data": Many(IP_DATA)}),
    "pair_data": Message({"pair_ids": Many(STRING)}),
    "ppid_data": Message({"ppids": Many(STRING)}),
    "google_user_id_data": Message({"google_user_ids": Many(STRING)}),
    "partner_provided_id_data": Message({"partner_provided_ids": Many(STRING)}),
}
AUDIENCE_MEMBER = Message({"destination_references": Many(STRING), "consent": CONSENT, **DATA}, oneof=tuple(DATA))
WRAPPED_KEY: dict[str, Field] = {"key_type": WRAPPED_KEY_TYPE, "kek_uri": STRING, "encrypted_dek": STRING}
ENCRYPTION_INFO = Message(
    {
        "gcp_wrapped_key_info": Message({**WRAPPED_KEY, "wip_provider": STRING}),
        "aws_wrapped_key_info": Message({**WRAPPED_KEY, "role_arn": STRING}),
        "coordinator_key_info": Message({"key_id": STRING}),
    },
    oneof=("gcp_wrapped_key_info", "aws_wrapped_key_info", "coordinator_key_info"),
    oneof_name="wrapped_key",
)
REMOVE_REQUEST = Message(
    {
        "destinations": Many(DESTINATION),
        "audience_members": Many(AUDIENCE_MEMBER),
        "validate_only": BOOL,
        "encoding": ENCODING,
        "encryption_info": ENCRYPTION_INFO,
    }
)
INGEST_REQUEST = Message(
    {
        **REMOVE_REQUEST.fields,
        "consent": CONSENT,
        "terms_of_service": Message({"customer_match_terms_of_service_status": TERMS_STATUS}),
    }
)
REMOVE_ALL_REQUEST = Message({"destinations": Many(DESTINATION), "remove_as_of_time": TIMESTAMP, "validate_only": BOOL})

SOURCE: dict[str, Field] = {"data_source_type": DATA_SOURCE_TYPE}
USER_LIST_INFO = Message(
    {
        "upload_key_types": Many(UPLOAD_KEY_TYPE),
        "contact_id_info": Message({**SOURCE, "match_rate_percentage": INT32}),
        "mobile_id_info": Message({**SOURCE, "key_space": KEY_SPACE, "app_id": STRING}),
        "user_id_info": Message(SOURCE),
        "pair_id_info": Message(
            {
                "publisher_id": INT64,
                "publisher_name": STRING,
                "match_rate_percentage": INT32,
                "advertiser_identifier_count": INT64,
                "clean_room_identifier": STRING,
            }
        ),
        "pseudonymous_id_info": Message({"billable_record_count": INT64}),
    }
)
USER_LIST = Message(
    {
        "name": STRING,
        "id": INT64,
        "read_only": BOOL,
        "display_name": STRING,
        "description": STRING,
        "membership_status": MEMBERSHIP_STATUS,
        "integration_code": STRING,
        "membership_duration": DURATION,
        "closing_reason": CLOSING_REASON,
        "access_reason": ACCESS_REASON,
        "account_access_status": ACCESS_STATUS,
        "size_info": Message(
            dict.fromkeys(
                (
                    "display_network_members_count",
                    "search_network_members_count",
                    "youtube_members_count",
                    "gmail_members_count",
                ),
                INT64,
            )
        ),
        "target_network_info": Message({"eligible_for_display": BOOL, "eligible_for_search": BOOL}),
        "ingested_user_list_info": USER_LIST_INFO,
    }
)
USER_LISTS = Message({"user_lists": Many(USER_LIST), "next_page_token": STRING})

_COUNTS: dict[str, Field] = {"record_count": INT64}
_TYPE_COUNTS: dict[str, Field] = {**_COUNTS, "data_type_counts": Many(Message({"type": DATA_TYPE, "count": INT64}))}
_RANGE: dict[str, Field] = {"upload_match_rate_range": MATCH_RATE_RANGE}
INGESTION_STATUS = Message(
    {
        "user_data_ingestion_status": Message({**_COUNTS, "user_identifier_count": INT64, **_RANGE}),
        "mobile_data_ingestion_status": Message({**_COUNTS, "mobile_id_count": INT64}),
        "user_id_data_ingestion_status": Message({**_COUNTS, "user_id_count": INT64}),
        "composite_data_ingestion_status": Message({**_TYPE_COUNTS, **_RANGE}),
    }
)
REMOVAL_STATUS = Message(
    {
        "user_data_removal_status": Message({**_COUNTS, "user_identifier_count": INT64}),
        "mobile_data_removal_status": Message({**_COUNTS, "mobile_id_count": INT64}),
        "user_id_data_removal_status": Message({**_COUNTS, "user_id_count": INT64}),
        "composite_data_removal_status": Message(_TYPE_COUNTS),
    }
)
STATUS_PER_DESTINATION = Message(
    {
        "destination": DESTINATION,
        "request_status": REQUEST_STATUS,
        "error_info": Message({"error_counts": Many(Message({**_COUNTS, "reason": PROCESSING_ERROR_REASON}))}),
        "audience_members_ingestion_status": INGESTION_STATUS,
        "audience_members_removal_status": REMOVAL_STATUS,
        "remove_all_audience_members_status": Message({}),
    }
)
REQUEST_STATUSES = Message({"request_status_per_destination": Many(STATUS_PER_DESTINATION)})
ACCEPTED = Message({"request_id": STRING})
EMPTY = Message({})
