"""The people of a frame as figures: who they look like, how they move, what they do to each other."""

from drill.view.people.crowd import People

__all__ = ["People"]
