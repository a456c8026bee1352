"""Make an image: from common words to whatever a deployment calls its inputs."""
