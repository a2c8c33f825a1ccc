"""What leaves: the manifest of a copy, the signed package, and how its recipient checks both."""
