"""What every layer shares: types, errors, windows, settings, files. Imports nothing else of Navette."""
