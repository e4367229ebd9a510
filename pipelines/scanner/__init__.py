"""Personal data is found and masked before anything is written: R-01 to R-03, DECISIONS 11."""
