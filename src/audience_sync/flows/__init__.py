"""One file per thing a user does. Every flow that is asked for begins with `actor.require(...)`."""
