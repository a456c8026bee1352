"""What is measured: each file is one family of figures, each figure says its method itself."""
