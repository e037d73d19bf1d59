"""Thought of the assessment: sheets read as rows, rules on rows, eligibility, marks, states, panels."""
