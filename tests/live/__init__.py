"""Asked of services that only their users have: skipped, saying so, unless the environment names one."""
