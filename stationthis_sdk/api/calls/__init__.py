"""The operations of the contract as typed calls, a family a file: our data in, our data out."""
