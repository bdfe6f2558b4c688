"""Taking back a record that was made without a ticket: by its run code and the code that the station showed."""
