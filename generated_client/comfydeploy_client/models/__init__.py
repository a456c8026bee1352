"""The data the API takes and gives, one module each; import the module you need."""
