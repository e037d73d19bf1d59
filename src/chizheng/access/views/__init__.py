"""Pages of employment access, one desk a file."""
