"""The database's revisions, applied by `sonae-server migrate` and when the server starts."""
