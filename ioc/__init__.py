"""The nouns of an intelligent operations centre: units, periods, values, the catalogue, the warehouse."""
