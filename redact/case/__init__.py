"""One request's work: its footage, what was decided, the copies, the release. Each step records itself."""
