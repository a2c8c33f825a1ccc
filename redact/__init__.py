"""Hides third parties in video before it is disclosed, and proves what it did."""

__version__ = "0.1.0"
