"""Step counting and challenges as pure rules: no web, no database."""
