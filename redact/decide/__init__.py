"""Who stays visible, when they are hidden after all, and the plan: every box to hide on every frame."""
