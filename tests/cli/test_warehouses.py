"""Warehouses at the shell: looked into, added, pulled, listed, left."""

import pytest

from tests.cli.conftest import Shell

SECRET = "s3cr3t-pass"


@pytest.fixture
def lake(shell: Shell) -> Shell:
    """A folder with a file of three people, one of them twice, that this installation may read."""
    (folder := shell.folder / "lake").mkdir()
    (folder / "people.csv").write_text("kdnr,email,plan\n1,a@x.org,pro\n2,b@x.org,free\n3,c@x.org,pro\n3,d@x.org,pro\n")
    shell.set("WAREHOUSE_DIR", str(folder))
    return shell


ADD = ("warehouses", "add", "Shop", "--kind", "files", "--address", "*.csv", "--map", "kdnr=profile_id")


def test_a_dry_look_keeps_nothing(lake: Shell) -> None:
    out = lake.ok(*ADD, "--dry").out
    assert "a•••@x•••.org" in out and "attribute:plan" in out
    assert lake.ok("warehouses", "list").out == "There are no warehouses yet.\n"


def test_a_pull_tells_what_it_did(lake: Shell) -> None:
    lake.ok(*ADD)
    out = lake.ok("warehouses", "pull", "Shop").out
    assert out.startswith("✓ 4 rows in ") and out.endswith(": 3 new, 0 changed, 0 unchanged, 0 gone\n")
    (listed,) = lake.ok("warehouses", "list", "--json").json
    assert (listed["last_pull"]["status"], listed["last_pull"]["repeated"]) == ("completed", 1)


def test_a_failed_pull_ends_with_its_reason(lake: Shell) -> None:
    lake.ok(*ADD, "--sql", "SELECT email FROM files")
    lake.ok("warehouses", "change", "Shop", "--sql", "SELECT kdnr, nope FROM files")
    answer = lake("warehouses", "pull", "Shop")
    assert (answer.code, "nope" in answer.out) == (1, True)


def test_deleted_with_its_profiles(lake: Shell) -> None:
    lake.ok(*ADD)
    lake.ok("warehouses", "pull", "Shop", "--json")
    assert lake.ok("warehouses", "delete", "Shop", "--profiles").out == "Shop is deleted, and 3 profiles with it.\n"


def test_deleted_it_says_which_tables_stay_in_a_database_that_is_not_reached(shell: Shell) -> None:
    base = ("--kind", "postgres", "--table", "people", "--address", "postgresql://u@127.0.0.1:1/x", "--state", "kept")
    shell.ok("warehouses", "add", "Base", *base)
    told = shell.ok("warehouses", "delete", "Base")
    assert (told.out, "DROP TABLE kept.audience_sync_" in told.err) == (
        "Base is deleted, and 0 profiles with it.\n",
        True,
    )


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("postgres", f"postgresql://u:{SECRET}@127.0.0.1:1/x"),
        ("snowflake", f"snowflake://u@acct/x?token={SECRET}"),
        ("snowflake", f"snowflake://u@acct/x?role=r&private_key={SECRET}"),
        ("bigquery", f"bigquery://p/d?credentials={SECRET}"),
    ],
)
def test_a_secret_on_the_command_line_is_refused(shell: Shell, kind: str, address: str) -> None:
    refused = shell("warehouses", "add", "Base", "--kind", kind, "--table", "people", "--address", address)
    assert (refused.code, "PASSWORD_EXPOSED" in refused.err) == (2, True)


def test_an_address_on_standard_input_is_shown_without_its_password(shell: Shell) -> None:
    add = ("warehouses", "add", "Base", "--kind", "postgres", "--table", "people", "--address")
    made = shell.ok(*add, "-", "--json", given=f"postgresql://u:{SECRET}@127.0.0.1:1/x\n")
    assert made.json["address"] == "postgresql://u@127.0.0.1:1/x"
    failed = shell("warehouses", "test", "Base")
    assert ("nothing answers there" in failed.err, SECRET in failed.err + failed.out + made.out) == (True, False)


def test_a_place_for_the_state_is_given_and_changed(shell: Shell) -> None:
    add = ("warehouses", "add", "Base", "--kind", "postgres", "--table", "people", "--state", "one", "--address", "-")
    made = shell.ok(*add, "--json", given="postgresql://u@127.0.0.1:1/x\n").json
    changed = shell.ok("warehouses", "change", "Base", "--state", "two", "--json").json
    assert (made["state"], changed["state"]) == ("one", "two")
