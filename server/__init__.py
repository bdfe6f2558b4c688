"""The FastAPI server. One folder a feature; a feature reaches another through its service."""
