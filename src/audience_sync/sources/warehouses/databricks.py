"""Databricks by Spark Connect: a cluster of a workspace, or serverless compute where the address names none."""

from uuid import uuid4

from audience_sync.sources.warehouses.spark import Spark
from audience_sync.sources.warehouses.spark_address import read_address

CLUSTER, SESSION = "x-databricks-cluster-id", "x-databricks-session-id"
"""The headers by which a workspace knows where a call is to go.

Source: docs.databricks.com, Databricks Connect, Advanced usage (cluster), read 2026-11-24; the session's header, for
serverless compute, is what Databricks' own client sends, and is in no documentation.
"""


class Databricks(Spark):
    """The kind `databricks`."""

    name = "databricks"
    title = "Databricks"
    dialect = "databricks"
    example = f"sc://workspace.cloud.databricks.com/;token=dapi…;{CLUSTER}=0123-456789-abcdefgh"
    effects = (
        *Spark.effects,
        # They send what they are given to other systems, or read what is not the warehouse's.
        *("ai_", "http_request", "remote_query", "vector_search", "secret", "try_secret"),
    )
    port = 443
    plain = (*Spark.plain, CLUSTER)

    def sent(self, address: str) -> str:
        """The address as the client takes it: by TLS, to the cluster, or to a serverless session of its own."""
        found = read_address(address, example=self.example, port=self.port)
        others = {"use_ssl": "true", "user_agent": "audience-sync"}
        if CLUSTER not in found.parameters and SESSION not in found.parameters:
            session = str(uuid4())
            others |= {SESSION: session, "session_id": session}
        return found.sent(others)
