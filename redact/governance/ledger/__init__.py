"""The log of everything that happened: its events, its chain, its files."""
