"""Telegram: ``install`` mounts the commands into an application of python-telegram-bot."""
