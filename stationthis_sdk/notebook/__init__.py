"""What people see in a notebook: displays, live progress, galleries, the studio. Builds on the public classes only."""
