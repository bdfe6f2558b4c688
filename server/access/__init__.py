"""Who may do what: a policy for every route and socket, and nothing without one."""
