"""The command line: thin commands over exporting, ingesting and services."""
