"""Pages of quality, a module a subject."""
