"""The queue, the worker and what it does: runs, deliveries, notices and chores."""
