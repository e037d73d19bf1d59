"""Commands of the quality context."""
