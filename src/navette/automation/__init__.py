"""Automated exports: when a task is due, for which windows, where its files go and with what outcome."""
