"""How many single characters have to be put in, taken out or exchanged to make one text the other? Key: none.

Hyyrö's form of Myers's algorithm: a column of the table is two whole numbers with a bit per row, so that a text of a
thousand characters takes a thousand steps and not a million.
"""

from collections import defaultdict


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance of two texts, in code points."""
    if not one or not other:
        return len(one) or len(other)
    places: dict[str, int] = defaultdict(int)
    for place, char in enumerate(one):
        places[char] |= 1 << place
    mask, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    rises, falls, distance = mask, 0, len(one)
    for char in other:
        same = places.get(char, 0)
        diagonal = (((same & rises) + rises) ^ rises) | same | falls
        across_rises = falls | ~(diagonal | rises) & mask
        across_falls = rises & diagonal
        distance += bool(across_rises & last) - bool(across_falls & last)
        shifted = (across_rises << 1 | 1) & mask
        rises = (across_falls << 1) & mask | ~(diagonal | shifted) & mask
        falls = shifted & diagonal
    return distance
