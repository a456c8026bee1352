"""Requests: who asks, what is asked, how it is refused."""
