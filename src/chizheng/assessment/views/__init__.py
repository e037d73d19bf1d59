"""Views of the assessment, by what they show."""
