"""The tags and filters of the console's templates."""
