<<<<<<< HEAD
"""Bytes shared by all contexts: sheets in and out. No Django."""
=======
"""Bytes that every context reads and writes: sheets of clerks."""
>>>>>>> law
