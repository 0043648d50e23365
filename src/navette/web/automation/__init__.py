"""The pages of automated exports: tasks, their destinations and their slots."""
