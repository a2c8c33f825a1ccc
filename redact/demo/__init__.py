"""The clip of the demo, drawn and pasted on the spot."""
