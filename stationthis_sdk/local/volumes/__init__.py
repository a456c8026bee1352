"""The folders of models: one for each account, filled by uploads and downloads."""
