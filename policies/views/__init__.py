"""The pages of access: signing in, and who may what."""
