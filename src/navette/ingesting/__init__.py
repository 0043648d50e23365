"""Rows become tables: what a connector brings is merged into the store."""
