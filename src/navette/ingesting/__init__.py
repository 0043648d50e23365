"""Rows become tables: the rows of a connector are merged into the store."""
