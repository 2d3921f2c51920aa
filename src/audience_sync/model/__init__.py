"""The nouns: frozen values and enums that every floor above shares."""
