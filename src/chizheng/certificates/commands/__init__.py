"""Command line of the certificates context."""
