"""Forms of the access desks."""
