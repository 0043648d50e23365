"""The pages of exports: the list, the form with its count and preview, presets."""
