"""The command line, from outside: arguments in; text, JSON and an exit code out."""
