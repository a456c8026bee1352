"""What has changed in the vendor's OpenAPI document against what we know of it, and whether that breaks the client."""
