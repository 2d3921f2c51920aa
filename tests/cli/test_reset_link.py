"""A forgotten password ends at the shell."""

import re

from tests.cli.conftest import Shell

LINK = re.compile(r"http://127\.0\.0\.1:8000/new-password\?link=[\w-]{43}")


def test_a_link_is_printed_alone_so_that_it_can_be_piped(shell: Shell) -> None:
    shell.ok("users", "add", "ada@example.com", "--role", "admin")
    answer = shell.ok("users", "reset-link", "ada@example.com")
    assert LINK.fullmatch(answer.out.strip())
    assert "It works once" in answer.err


def test_a_link_is_given_to_programs_with_its_end(shell: Shell) -> None:
    shell.ok("users", "add", "ada@example.com", "--role", "admin")
    made = shell.ok("users", "reset-link", "ada@example.com", "--json").json
    assert LINK.fullmatch(made["url"])
    assert made["expires_at"].endswith(("Z", "+00:00"))


def test_nobody_has_no_link(shell: Shell) -> None:
    assert "no user" in shell("users", "reset-link", "eve@example.com").err
