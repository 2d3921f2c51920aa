"""Files, segments and traits at the shell."""

from tests.cli.conftest import Shell

RULES = '{"identifier": "email", "op": "exists"}'


def test_an_import_says_what_became_of_the_rows(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("profile_id,email\np1,a@example.com\n,b@example.com\n")
    (result,) = shell.ok("import", "profiles", "people.csv", "--json").json
    assert {name: result[name] for name in ("rows", "created", "rejected")} == {"rows": 2, "created": 1, "rejected": 1}


def test_rejected_rows_go_to_the_named_file(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("profile_id,email\n,b@example.com\n")
    shell.ok("import", "profiles", "people.csv", "--rejects", "out.csv")
    assert "b@example.com" in (shell.folder / "out.csv").read_text()


def test_columns_can_be_mapped(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("kdnr;mail2\n7;a@example.com\n")
    (result,) = shell.ok(
        "import", "profiles", "people.csv", "--map", "kdnr=profile_id", "--map", "mail2=-", "--json"
    ).json
    assert result["mapping"] == {"kdnr": "profile_id", "mail2": "-"}


def test_a_constant_can_be_mapped(shell: Shell) -> None:
    (shell.folder / "logins.csv").write_text("profile_id,time\np1,2026-11-01\n")
    (result,) = shell.ok("import", "events", "logins.csv", "--map", "=login=event", "--json").json
    assert result["mapping"]["=login"] == "event"


def test_a_mapping_without_a_field_is_refused(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("profile_id\np1\n")
    assert shell("import", "profiles", "people.csv", "--map", "profile_id").code == 2


def test_a_missing_file_is_refused(shell: Shell) -> None:
    assert shell("import", "profiles", "nothing.csv").code == 2


def test_somebody_without_recorded_consents_is_told_what_a_sync_needs(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("profile_id,email\np1,a@example.com\n")
    said = shell.ok("import", "profiles", "people.csv").err
    assert "AUDIENCE_SYNC_CONSENT_POLICY=not_denied" in said


def test_nobody_is_told_so_where_consent_is_recorded(people: Shell) -> None:
    assert "CONSENT_POLICY" not in people.ok("import", "profiles", "people.csv").err


def test_a_segment_says_how_many_may_be_sent(people: Shell) -> None:
    (segment,) = people.ok("segments", "list", "--json").json
    assert (segment["size"]["profiles"], segment["size"]["eligible"]) == (3, 2)


def test_a_segment_can_be_made_by_sql(people: Shell) -> None:
    made = people.ok("segments", "create", "All", "--sql", "SELECT profile_id FROM profiles", "--json").json
    assert made["size"]["profiles"] == 4


def test_a_segment_can_be_a_list_of_addresses(people: Shell) -> None:
    (people.folder / "list.txt").write_text("ADA@example.com\nnobody@example.com\n")
    made = people.ok("segments", "create", "Listed", "--emails", "list.txt", "--json").json
    assert made["size"]["profiles"] == 1


def test_a_preview_shows_nobodys_address(people: Shell) -> None:
    seen = people.ok("segments", "preview", "Members").out
    assert "ada@example.com" not in seen


def test_a_preview_counts_what_can_be_sent_by(people: Shell) -> None:
    assert people.ok("segments", "preview", "--rules", "-", "--json", given=RULES).json["coverage"]["phone"] == 1


def test_rules_that_are_not_json_are_refused(people: Shell) -> None:
    assert people("segments", "create", "X", "--rules", "-", given="{").code == 2


def test_a_segment_is_made_in_one_way(people: Shell) -> None:
    assert people("segments", "create", "X", "--rules", "-", "--sql", "SELECT 1", given=RULES).code == 2


def test_a_deleted_segment_is_gone(people: Shell) -> None:
    people.ok("segments", "delete", "Members")
    assert people.ok("segments", "list", "--json").json == []


def test_a_trait_can_be_declared_and_removed(people: Shell) -> None:
    people.ok("traits", "set", "big", "count(*)")
    assert "big" in {each["name"] for each in people.ok("traits", "list", "--json").json}
    people.ok("traits", "remove", "big")
    assert "big" not in {each["name"] for each in people.ok("traits", "list", "--json").json}
