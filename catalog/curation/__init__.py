"""What people say of assets: which kinds of statements there are, read and written."""
