"""The pages: one module each, with its views and, beside them, its forms."""
