"""Views of inspection, by what they show."""
