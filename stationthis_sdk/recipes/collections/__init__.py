"""Cook a collection: pieces drawn from traits by a seed, made by a batch, reviewed and exported."""
