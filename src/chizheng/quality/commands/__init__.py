<<<<<<< HEAD
"""Commands of the quality context."""
=======
"""Commands of quality."""
>>>>>>> surv
