"""Everything people read: the rest of this package says it in words, ``reader.py`` formats it as the reader writes."""
