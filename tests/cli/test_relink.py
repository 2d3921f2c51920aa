"""An audience goes on through another connection, at the shell."""

from tests.cli.conftest import Shell, bring_people, connect, pretend_meta


def test_a_living_audience_is_told_that_it_is_there_already(shell: Shell) -> None:
    with pretend_meta(shell):
        connect(bring_people(shell))
        shell.ok("segments", "create", "All", "--sql", "SELECT profile_id FROM profiles")
        shell.ok("audiences", "create", "All")
        answer = shell("audiences", "relink", "All")
    assert (answer.code, "is linked there already" in answer.err) == (2, True)
