"""The pages of runs: the history, the dashboard, one run, its files."""
