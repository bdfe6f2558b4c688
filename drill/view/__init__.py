"""What is seen and heard. The only room that may import panda3d."""
