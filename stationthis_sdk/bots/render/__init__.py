"""Rendering: a finished run as a plan of messages, progress and errors as sentences; pure."""
