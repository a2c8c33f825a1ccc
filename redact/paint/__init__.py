"""Pass 2: what is painted over a hidden region, style by style, and the frames of the copy."""
