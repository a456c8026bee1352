"""The reference: Sphinx's configuration, what is generated from the code, and in ``pages`` the little that is by hand."""
