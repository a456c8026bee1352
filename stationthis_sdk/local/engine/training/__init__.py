"""The gateway's training: a linear autoencoder of a dataset's pictures. No diffusion model, and it says so."""
