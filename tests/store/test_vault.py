"""A secret opens only where it was sealed, with a key of the ring."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.errors import SetupError
from audience_sync.settings import load_settings
from audience_sync.store.vault import Vault, generate_key, load_vault

PLACE = {"table": "connections", "row": "c1", "column": "token"}
SECRET = "EAAB-the-token"


def vault(*ids: str) -> Vault:
    return Vault({key_id: key_id.encode().ljust(32) for key_id in ids})


@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    assert vault("a").open(vault("a").seal(text, **PLACE), **PLACE) == text


@pytest.mark.parametrize("other", [{"table": "oauth_states"}, {"row": "c2"}, {"column": "refresh_token"}])
def test_a_seal_moved_elsewhere_is_refused(other: dict[str, str]) -> None:
    sealed = vault("a").seal(SECRET, **PLACE)
    with pytest.raises(SetupError, match="another row"):
        vault("a").open(sealed, **{**PLACE, **other})


@given(st.data())
def test_an_altered_seal_is_refused(data: st.DataObject) -> None:
    sealed = vault("a").seal(SECRET, **PLACE)
    box = bytearray(base64.urlsafe_b64decode(sealed.split(".")[2]))
    bit = data.draw(st.integers(0, len(box) * 8 - 1))
    box[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SetupError):
        vault("a").open(f"v1.a.{base64.urlsafe_b64encode(box).decode()}", **PLACE)


@pytest.mark.parametrize("text", ["", "EAAB-plain", "v1", "v1.a", "v1.a.", "v1.a.%%%", "v2.a.AAAA", "v1.a.AAAA"])
def test_what_is_no_seal_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SetupError) as caught:
        vault("a").open(text, **PLACE)
    assert "plain" not in str(caught.value)


def test_the_first_key_seals_and_all_open() -> None:
    old = vault("old").seal(SECRET, **PLACE)
    both = vault("new", "old")
    assert both.open(old, **PLACE) == SECRET
    assert both.seal(SECRET, **PLACE).startswith("v1.new.")


def test_a_key_that_left_the_ring_is_named() -> None:
    old = vault("old").seal(SECRET, **PLACE)
    with pytest.raises(SetupError, match="key old, which is not in the ring"):
        vault("new").open(old, **PLACE)


def test_the_same_text_never_seals_to_the_same() -> None:
    assert vault("a").seal(SECRET, **PLACE) != vault("a").seal(SECRET, **PLACE)


def test_a_vault_does_not_print_its_keys() -> None:
    assert "a   " not in repr(vault("a"))


def test_a_generated_key_is_usable(tmp_path: Path) -> None:
    ring = f"{generate_key()}, {generate_key()}"
    assert len(load_vault(load_settings(secret_keys=ring, data_dir=tmp_path)).keys) == 2


@pytest.mark.parametrize("ring", ["x", "a:", "a:AAAA", ":AAAA", "a.b:AAAA", "a:***", ","])
def test_a_malformed_key_is_a_setup_error_without_the_key(ring: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="AUDIENCE_SYNC_SECRET_KEYS") as caught:
        load_vault(load_settings(secret_keys=ring, data_dir=tmp_path))
    assert "AAAA" not in str(caught.value)


def test_two_keys_of_one_id_are_refused(tmp_path: Path) -> None:
    one = generate_key()
    with pytest.raises(SetupError, match="entry 2"):
        load_vault(load_settings(secret_keys=f"{one},{one}", data_dir=tmp_path))


def test_a_missing_key_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "new")
    first, second = load_vault(settings), load_vault(settings)
    assert first.keys == second.keys
    files = list((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["secret.key"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_a_signature_is_good_for_its_text_and_purpose_only() -> None:
    vault = Vault({"a": bytes(range(32))})
    signature = vault.sign("one", purpose="export")
    assert vault.signed("one", signature, purpose="export")
    assert not vault.signed("two", signature, purpose="export")
    assert not vault.signed("one", signature, purpose="other")


@pytest.mark.parametrize("forged", ["", ".", "a.", "b.x", "a.é", "nonsense"])
def test_what_no_key_of_the_ring_signed_is_no_signature(forged: str) -> None:
    assert not Vault({"a": bytes(range(32))}).signed("one", forged, purpose="export")


def test_an_older_key_of_the_ring_still_signs_for_what_it_signed() -> None:
    old, new = bytes(32), bytes(range(32))
    signature = Vault({"old": old}).sign("one", purpose="export")
    assert Vault({"new": new, "old": old}).signed("one", signature, purpose="export")
    assert not Vault({"new": new}).signed("one", signature, purpose="export")
