"""Where a drill happens: floors, walls, doors, stairs, refuges, walkable ground, flow fields."""
