"""The pages of the settings: the domain, users, roles, extensions, the audit log."""
