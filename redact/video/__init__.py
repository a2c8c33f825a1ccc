"""Video in and out. The only importers of av."""
