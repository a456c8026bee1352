"""What runs cost: rates, estimates, budgets, a month's cap, and the sums of it all."""
