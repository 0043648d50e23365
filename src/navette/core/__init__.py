"""The types, errors, windows, settings and files that every layer shares. Imports nothing else of Navette."""
