"""From findings to tracks and to people, and where a track may have become somebody else."""
