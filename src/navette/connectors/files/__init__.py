"""A folder of CSV, JSON Lines or Parquet files from any other contact centre."""

from navette.connectors.files.folder import FilesFolder

__all__ = ["FilesFolder"]
