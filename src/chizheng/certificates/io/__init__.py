"""Bytes of certificates: QR pictures, PDFs, fonts, trust files, sheets. No Django."""
