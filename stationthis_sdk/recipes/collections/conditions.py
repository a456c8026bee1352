"""A category's trait as it is written in exclusions and parts: ``Fur=white``, also ``[[Fur=white]]``. Pure."""

__all__ = ["condition_of"]


def condition_of(text: str) -> tuple[str, str]:
    """The category and the trait; a text without ``=`` names no trait.

    >>> condition_of("Fur=white"), condition_of("[[ Fur = white ]]")
    (('Fur', 'white'), ('Fur', 'white'))
    """
    written = text.strip()
    if written.startswith("[[") and written.endswith("]]"):
        written = written[2:-2]
    category, _, trait = written.partition("=")
    return category.strip(), trait.strip()
