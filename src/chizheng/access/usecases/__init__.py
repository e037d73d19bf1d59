"""What is done about employment access, one verb a file."""
