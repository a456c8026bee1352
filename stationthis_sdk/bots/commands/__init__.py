"""Commands: one for each deployment, and those that every bot has; pure, but for the catalogue that reads them."""
