"""Bytes of the assessment: the sheet on which marks are written."""
