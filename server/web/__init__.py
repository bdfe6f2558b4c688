"""What every page shares: templates, texts, static files, parts drawn as SVG."""
