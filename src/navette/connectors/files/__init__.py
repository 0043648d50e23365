"""A folder of CSV, JSON Lines or Parquet files, as any other contact centre hands its rows over."""

from navette.connectors.files.folder import FilesFolder

__all__ = ["FilesFolder"]
