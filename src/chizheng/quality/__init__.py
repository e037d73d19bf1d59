"""Quality (articles 1.1, 1.2, 1.4): does the certificate tell the truth, and who bends it?"""
