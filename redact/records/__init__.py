"""The nouns, at the bottom of everything: clips, tracks, plans, boxes. Frozen records, and what is asked of them."""
