"""The contract can fail: every mistake on these lists is noticed by the claim that is there for it."""

import httpx2
import pytest

from audience_sync.sandbox.serve import Sandbox
from tests.contract.claims_audiences import AudienceClaims, RenameClaims
from tests.contract.claims_faults import FaultClaims, RowClaims, WholeBatchClaims
from tests.contract.claims_members import MemberClaims
from tests.contract.claims_replace import ReplaceClaims
from tests.contract.mutants import google, linkedin, meta, snapchat, tiktok
from tests.contract.mutants.mutant import NOTICED, Mutant

MUTANTS = {
    "meta": meta.MUTANTS,
    "google": google.MUTANTS,
    "tiktok": tiktok.MUTANTS,
    "snapchat": snapchat.MUTANTS,
    "linkedin": linkedin.MUTANTS,
}
"""By platform; at least ten of each."""
ALL = [pytest.param(each, id=f"{platform} {each.mistake}") for platform, mutants in MUTANTS.items() for each in mutants]


@pytest.mark.parametrize("mutant", ALL)
async def test_the_mistake_is_noticed(mutant: Mutant, sandbox: Sandbox, client: httpx2.AsyncClient) -> None:
    with pytest.raises(NOTICED):
        await mutant.play(sandbox, client)


@pytest.mark.parametrize("mutant", ALL)
async def test_without_the_mistake_the_claim_holds(
    mutant: Mutant, sandbox: Sandbox, client: httpx2.AsyncClient
) -> None:
    await mutant.play_without(sandbox, client)
    assert sandbox.world.recorder.requests(), "The claim asked the platform nothing."


SHARED = (MemberClaims, AudienceClaims, FaultClaims, RenameClaims, RowClaims, WholeBatchClaims, ReplaceClaims)


@pytest.mark.parametrize("platform", MUTANTS)
def test_a_platform_inherits_at_least_twenty_claims(platform: str) -> None:
    suite = MUTANTS[platform][0].suite
    inherited = [name for claims in SHARED if issubclass(suite, claims) for name in vars(claims) if "test_" in name]
    assert len(inherited) >= 20


@pytest.mark.parametrize("platform", MUTANTS)
def test_a_platforms_contract_notices_at_least_ten_mistakes(platform: str) -> None:
    assert len({each.mistake for each in MUTANTS[platform]}) >= 10
