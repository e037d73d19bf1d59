"""What is done in inspection: one module for each deed."""
