"""Who is there: a body under exposure, and the crowd around it."""
