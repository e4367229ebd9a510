"""The catalogue: what every number of the product means, read from YAML, dated and versioned."""

from ioc.catalogue.load import Origin, ShippedCatalogue, load_catalogue
from ioc.catalogue.model import (
    Bands,
    Catalogue,
    Column,
    Dataset,
    FreshnessRule,
    Indicator,
    LegalBasis,
    LocalText,
    Owner,
    Reported,
    Target,
    parse_duration,
)

__all__ = [
    "Bands",
    "Catalogue",
    "Column",
    "Dataset",
    "FreshnessRule",
    "Indicator",
    "LegalBasis",
    "LocalText",
    "Origin",
    "Owner",
    "Reported",
    "ShippedCatalogue",
    "Target",
    "load_catalogue",
    "parse_duration",
]
