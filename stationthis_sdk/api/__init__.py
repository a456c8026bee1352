"""The edge: the only place that talks HTTP and knows the generated client."""
