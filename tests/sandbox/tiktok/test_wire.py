"""What every answer has, what is refused before anything is looked at, limits and faults."""

import pytest

from tests.sandbox.tiktok.business import APP, DMP, FOREIGN, MAIN, SECONDARY, Business, emails, sha

READS = [f"{DMP}/list", f"{DMP}/get"]
WRITES = ["segment/audience", "segment/mapping", f"{DMP}/create", f"{DMP}/update", f"{DMP}/delete"]


async def test_an_answer_is_an_envelope_with_a_new_number(business: Business) -> None:
    first, second = [await business.call("GET", "user/info") for _ in range(2)]
    assert first.json().keys() == {"code", "message", "request_id", "data"}
    assert first.json()["request_id"] != second.json()["request_id"]
    assert first.headers["X-TT-LOGID"] == first.json()["request_id"]


@pytest.mark.parametrize("path", ["user/info", "oauth2/access_token", "no/such/", ""])
async def test_without_its_slash_no_path_is_known(business: Business, path: str) -> None:
    answer = await business.client.get(f"/tiktok/open_api/v1.3/{path}")
    assert (answer.status_code, answer.text) == (404, "404 page not found")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_wrong_method_is_refused_in_text(business: Business) -> None:
    assert (await business.call("POST", "user/info", json={})).status_code == 405


async def test_another_version_is_refused_by_its_code(business: Business) -> None:
    answer = await business.client.get("/tiktok/open_api/v1.2/user/info/")
    assert (answer.status_code, answer.json()["code"]) == (200, 40006)


@pytest.mark.parametrize(("token", "code"), [("", 40104), ("stranger", 40105)])
async def test_the_token_is_looked_at_first(business: Business, token: str, code: int) -> None:
    answer = await business.call("POST", "segment/mapping", token=token, content=b"no JSON at all")
    assert (answer.status_code, answer.json()["code"]) == (200, code)


async def test_a_bearer_token_is_no_token(business: Business) -> None:
    answer = await business.call("GET", "user/info", token="", headers={"Authorization": "Bearer SANDBOX_TOKEN"})
    assert answer.json()["message"] == ("Access token is null, you should set it in http header with key Access-Token.")


@pytest.mark.parametrize("path", [*READS, *WRITES])
@pytest.mark.parametrize("dropped", ["3", "30", "31"])
async def test_a_missing_permission_is_code_40001(business: Business, path: str, dropped: str) -> None:
    business.settings(dropped_permissions=[dropped])
    answer = await (business.get(path) if path in READS else business.post(path))
    needed = {"3", "30"} if path in READS else {"3", "31"}
    assert answer["code"] == (40001 if dropped in needed else 40002)


async def test_somebody_who_may_only_look_fails_at_writing(business: Business) -> None:
    business.settings(read_only_accounts=[MAIN])
    assert (await business.get(f"{DMP}/list", advertiser_id=MAIN))["code"] == 0
    answer = await business.post("segment/audience", advertiser_id=MAIN, custom_audience_name="VIP")
    assert (answer["code"], "/segment/audience/:POST" in answer["message"]) == (40001, True)


async def test_an_app_that_may_not_stream_is_told_so(business: Business) -> None:
    business.settings(streaming_allowed=False)
    answer = await business.post("segment/audience", advertiser_id=MAIN, custom_audience_name="VIP")
    assert answer["code"] == 40118


async def test_a_form_is_no_body_of_a_json_call(business: Business) -> None:
    answer = await business.call("POST", "segment/audience", data={"advertiser_id": MAIN, "custom_audience_name": "V"})
    assert answer.json()["code"] == 40002


async def test_an_id_as_a_number_is_refused(business: Business) -> None:
    answer = await business.post("segment/audience", advertiser_id=int(MAIN), custom_audience_name="VIP")
    assert answer["code"] == 40002


async def test_who_asks_and_what_an_account_is_can_be_read(business: Business) -> None:
    assert (await business.get("user/info"))["data"]["display_name"] == "Sandbox Person"
    business.settings(disabled_accounts=[SECONDARY])
    fields = '["advertiser_id","currency","timezone","status"]'
    found = await business.get("advertiser/info", advertiser_ids=f'["{MAIN}","{SECONDARY}"]', fields=fields)
    assert found["data"]["list"] == [
        {"advertiser_id": MAIN, "currency": "USD", "timezone": "Etc/GMT+5", "status": "STATUS_ENABLE"},
        {"advertiser_id": SECONDARY, "currency": "EUR", "timezone": "Etc/GMT-1", "status": "STATUS_DISABLE"},
    ]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"advertiser_ids": MAIN}, 40002),
        ({"advertiser_ids": f"{MAIN},{SECONDARY}"}, 40002),
        ({"advertiser_ids": f'["{MAIN}"]', "fields": '["favourite_colour"]'}, 40002),
        ({"advertiser_ids": '["7"]'}, 40001),
    ],
)
async def test_a_list_in_a_query_is_json_text_of_what_is_there(
    business: Business, params: dict[str, str], code: int
) -> None:
    assert (await business.get("advertiser/info", **params))["code"] == code


async def test_the_accounts_of_a_token_are_listed_for_the_apps_secret_only(business: Business) -> None:
    found = (await business.get("oauth2/advertiser/get", **APP))["data"]["list"]
    assert found[2] == {"advertiser_id": FOREIGN, "advertiser_name": "Test Account"}
    assert (await business.get("oauth2/advertiser/get", app_id="sandbox-app", secret="guess"))["code"] == 40101


async def test_many_accounts_can_be_had(business: Business) -> None:
    business.settings(extra_accounts=500)
    assert len((await business.get("oauth2/advertiser/get", **APP))["data"]["list"]) == 503


async def test_over_the_second_the_app_waits_a_second(business: Business) -> None:
    business.settings(requests_per_second=3)
    codes = [(await business.get("user/info"))["code"] for _ in range(4)]
    business.advance(1)
    assert (codes, (await business.get("user/info"))["code"]) == ([0, 0, 0, 40100], 0)


async def test_over_the_minute_the_app_is_stopped_for_five(business: Business) -> None:
    business.settings(requests_per_minute=3)
    codes = [(await business.get("user/info"))["code"] for _ in range(4)]
    for seconds in (290, 20):
        business.advance(seconds)
        codes.append((await business.get("user/info"))["code"])
    assert codes == [0, 0, 0, 40100, 40100, 0]


async def test_a_refused_call_says_nothing_of_when_to_come_again(business: Business) -> None:
    business.settings(requests_per_second=1)
    answer = [await business.call("GET", "user/info") for _ in range(2)][-1]
    assert answer.status_code == 200
    assert not {"retry-after", "x-ratelimit-remaining"} & set(answer.headers)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("error:40100", 40100, "Too many"),
        ("error:50000", 50000, "Internal"),
        ("error:51063", 51063, "Segment gateway"),
        ("error:40202", 40202, "Write conflict"),
        ("error:40002/not editable", 40002, "not editable"),
        ("error:49999", 49999, "Unknown"),
        ("revoked_token", 40105, "revoked"),
    ],
)
async def test_a_fault_is_answered_and_nothing_is_applied(
    business: Business, fault: str, code: int, words: str
) -> None:
    audience = await business.create()
    business.fail(fault)
    answer = await business.map(audience, emails(1))
    assert (answer["code"], words in answer["message"]) == (code, True)
    assert business.keys(audience) == set()


async def test_a_gateway_can_fail(business: Business) -> None:
    business.fail("http502_html")
    answer = await business.call("GET", "user/info")
    assert (answer.status_code, "html" in answer.headers["content-type"]) == (502, True)


@pytest.mark.parametrize("fault", ["error:", "error:many", "expired_token"])
def test_a_fault_that_is_none_is_refused(business: Business, fault: str) -> None:
    with pytest.raises(ValueError, match="There is no fault"):
        business.fail(fault)


async def test_a_call_with_a_poisoned_row_is_refused(business: Business) -> None:
    audience = await business.create()
    business.fail(f"poison:{sha('bad')}", times=None)
    codes = [(await business.map(audience, [sha(each)]))["code"] for each in ("good", "bad")]
    assert (codes, business.keys(audience)) == ([0, 40002], {("EMAIL_SHA256", sha("good"))})


async def test_a_fault_can_mark_the_audience_that_is_called(business: Business) -> None:
    audience, other = await business.create(), await business.create()
    business.fail("in_use", path="get")
    await business.details(audience)
    for named, code in ((audience, 40002), (other, 0)):
        answer = await business.post(f"{DMP}/delete", advertiser_id=MAIN, custom_audience_ids=[named])
        assert answer["code"] == code


async def test_the_token_is_not_recorded(business: Business) -> None:
    await business.get("user/info")
    assert business.world.recorder.requests()[-1].headers["access-token"] == "***"


def test_settings_that_make_no_sense_are_refused(business: Business) -> None:
    for changes in ({"match_share": -1}, {"dropped_permissions": ["write"]}, {"min_size": "many"}):
        with pytest.raises(ValueError, match=r"must be|are numbers"):
            business.settings(**changes)
