"""Who is it? People by password, second factor and directory, programs by token."""
