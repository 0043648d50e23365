"""The control database: users and roles, the domain's settings, extensions, runs and deliveries, the journal."""
