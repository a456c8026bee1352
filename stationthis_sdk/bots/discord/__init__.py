"""Discord: an extension for discord.py."""
