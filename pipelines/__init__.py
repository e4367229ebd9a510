"""Source systems into typed core tables."""
