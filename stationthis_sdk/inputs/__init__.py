"""What people pass in: checked and made ready before anything is sent."""
