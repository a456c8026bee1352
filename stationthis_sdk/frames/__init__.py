"""What is known as pandas frames: tidy, typed, safe for Parquet."""
