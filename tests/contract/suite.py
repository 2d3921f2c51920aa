"""What every connector must do, whatever its platform: inherit, name the platform, and each claim is tested."""

from tests.contract.claims_audiences import AudienceClaims
from tests.contract.claims_faults import FaultClaims
from tests.contract.claims_members import MemberClaims


class ConnectorContract(MemberClaims, AudienceClaims, FaultClaims):
    """The claims about every platform.

    A platform adds those about what it can: `RenameClaims`, `RowClaims` or `WholeBatchClaims`, `ReplaceClaims`.
    """
