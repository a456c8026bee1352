"""JSON-RPC on standard input and output, for programs in other languages."""
