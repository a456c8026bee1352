"""Uploads: what is sent, which way, once."""
