"""Who signs in: staff, residents, and the sign-ins that are open."""
