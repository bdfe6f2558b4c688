"""The moving picture: runs as they arrive, stations as they are, commands to them."""
