"""The pretend Google: sign-in, the Data Manager API and what is left of the Google Ads API for audiences."""
