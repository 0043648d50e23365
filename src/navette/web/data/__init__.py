"""The pages of the data: where they come from."""
