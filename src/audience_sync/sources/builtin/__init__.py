"""The CDP store of this installation: immutable Parquet snapshots in one folder."""
