"""The checks on the finished copy before it leaves, and what a second look finds."""
