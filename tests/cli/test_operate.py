"""Users, keys, secrets, migrations and the doctor at the shell."""

import pytest

from audience_sync.settings import load_settings
from audience_sync.store.vault import load_vault
from tests.cli.conftest import TOKEN, Shell
from tests.migrated import put_database


@pytest.fixture
def ada(shell: Shell) -> Shell:
    put_database(shell.folder / "data")
    shell.ok("users", "add", "ada@example.com", "--role", "admin")
    return shell


def test_a_user_is_listed_with_their_role(ada: Shell) -> None:
    (user,) = ada.ok("users", "list", "--json").json
    assert (user["email"], user["role"], user["has_password"]) == ("ada@example.com", "admin", False)


def test_a_password_comes_from_standard_input(ada: Shell) -> None:
    assert ada.ok("users", "password", "ada", "--json", given="correct horse battery\n").json["has_password"]


def test_a_role_can_be_changed_while_an_administrator_stays(ada: Shell) -> None:
    ada.ok("users", "add", "bob@example.com", "--role", "admin")
    assert ada.ok("users", "role", "ada", "viewer", "--json").json["role"] == "viewer"


def test_the_last_administrator_stays(ada: Shell) -> None:
    assert ada("users", "disable", "ada@example.com").code == 2


def test_a_key_is_shown_once_and_has_its_owners_permissions(ada: Shell) -> None:
    made = ada.ok("keys", "create", "ada", "--name", "nightly", "--json").json
    assert made["key"].startswith(f"asy_{made['id']}_")
    assert len(made["permissions"]) == 6


def test_a_key_can_have_fewer_permissions(ada: Shell) -> None:
    made = ada.ok("users", "key", "ada", "--name", "nightly", "--permissions", "read,sync", "--json").json
    assert made["permissions"] == ["audience_sync:read", "audience_sync:sync"]


def test_an_unknown_permission_is_refused(ada: Shell) -> None:
    assert ada("keys", "create", "ada", "--name", "x", "--permissions", "fly").code == 2


def test_a_revoked_key_is_listed_as_revoked(ada: Shell) -> None:
    made = ada.ok("keys", "create", "ada", "--name", "nightly", "--json").json
    ada.ok("keys", "revoke", made["key"])
    (listed,) = ada.ok("keys", "list", "ada", "--json").json
    assert listed["revoked_at"]


def test_the_secret_of_a_key_is_never_listed(ada: Shell) -> None:
    text = ada.ok("keys", "create", "ada", "--name", "nightly").out.strip()
    assert text[-20:] not in ada.ok("keys", "list", "ada", "--json").out


def test_secrets_are_sealed_anew_with_an_added_key(connected: Shell) -> None:
    connected.ok("secrets", "new-key", "--add")
    assert connected.ok("secrets", "rotate", "--json").json["sealed_anew"] == 1


def test_rotating_twice_changes_nothing(connected: Shell) -> None:
    assert connected.ok("secrets", "rotate", "--json").json["sealed_anew"] == 0


def test_the_old_key_still_opens_after_one_was_added(shell: Shell) -> None:
    settings = load_settings()
    sealed = load_vault(settings).seal(TOKEN, table="t", row="r", column="c")
    shell.ok("secrets", "new-key", "--add")
    assert load_vault(settings).open(sealed, table="t", row="r", column="c") == TOKEN


def test_a_ring_in_the_environment_is_not_written_to(shell: Shell) -> None:
    shell.set("SECRET_KEYS", shell.ok("secrets", "new-key").out.strip())
    assert shell("secrets", "new-key", "--add").code == 2


def test_migrating_twice_changes_nothing(shell: Shell) -> None:
    first = shell.ok("migrate", "--json").json
    assert first["before"] == ""
    assert shell.ok("migrate", "--json").json == {"before": first["after"], "after": first["after"]}


def test_the_doctor_finds_a_fresh_folder_well(shell: Shell) -> None:
    assert {each["state"] for each in shell.ok("doctor", "--json").json} <= {"ok", "note"}


def test_the_doctor_finds_a_folder_that_others_can_read(people: Shell) -> None:
    (people.folder / "data").chmod(0o755)
    answer = people("doctor", "--json")
    (found,) = [each for each in answer.json if each["check"] == "data folder"]
    assert (answer.code, found["state"]) == (3, "problem")
    assert "chmod 700" in found["way_out"]


def test_the_doctor_finds_a_wrong_setting(shell: Shell) -> None:
    shell.set("PORT", "many")
    assert shell("doctor").code == 3


def test_the_doctor_changes_nothing(shell: Shell) -> None:
    shell.ok("doctor")
    assert not (shell.folder / "data").exists()
