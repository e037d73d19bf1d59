"""Pages of employment access, by desk."""
