"""Destinations: where a file goes. A destination knows a file and an address, and nothing of what is in the file."""
