"""Measured targets: ratios between Navette and a peer in one run on one machine."""
