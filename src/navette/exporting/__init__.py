"""A request becomes files: prepared, counted, previewed, written, and described in a manifest."""
