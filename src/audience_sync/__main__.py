"""`python -m audience_sync` is the command line."""

from audience_sync.cli import main

if __name__ == "__main__":
    main()
