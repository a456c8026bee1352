"""The files of the gateway's page: one document, one style sheet, plain modules; served as they are."""
