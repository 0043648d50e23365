"""Every action that a person or a program can take: checked, done in one transaction, and recorded in the audit log."""
