"""Pass 1: which frames are looked at, how they are shown to the networks, and what those find."""
