"""A fictional contact centre of any size, the same every time: to try Navette, to test it and to measure it."""
