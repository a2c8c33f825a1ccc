"""What the page can ask for: one module for each area, each with a `router`."""
