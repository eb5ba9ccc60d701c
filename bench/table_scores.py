"""How alike two tables are: adjacency of cells as at ICDAR 2013, and TEDS, the similarity of their HTML trees."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from ocr_assets.core.table_grid import Cell, Table

Relations = Counter[tuple[str, str, str]]


def relations(table: Table) -> Relations:
    """Each cell with text and the next one with text to the right and below (Göbel et al., ICDAR 2013).

    Texts are compared without blanks and case. A pair counts once, however many rows or columns it shares.
    """
    grid = table.rows()
    pairs: set[tuple[Cell, Cell, str]] = set()
    for cell in table.cells:
        if _bare(cell.text):
            for row in range(cell.row, cell.row + cell.height):
                pairs |= _next(cell, grid[row][cell.column + cell.width :], "right")
            for column in range(cell.column, cell.column + cell.width):
                below = [grid[row][column] for row in range(cell.row + cell.height, table.height)]
                pairs |= _next(cell, below, "below")
    return Counter((_bare(cell.text), _bare(other.text), side) for cell, other, side in pairs)


def _next(cell: Cell, others: Sequence[Cell | None], side: str) -> set[tuple[Cell, Cell, str]]:
    other = next((other for other in others if other and _bare(other.text)), None)
    return {(cell, other, side)} if other else set()


@cache
def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


# --- TEDS -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Node:
    tag: str
    spans: tuple[int, int] = (1, 1)
    text: str = ""


def teds(truth: Table | None, found: Table | None, *, structure_only: bool = False, sections: bool = True) -> float:
    """1 - edit distance of the trees / size of the larger one (Zhong et al. 2020), 0..1; 0 where there is no table.

    `sections`: whether thead and tbody are part of the tree, which a truth without them cannot ask for.
    """
    if truth is None or found is None:
        return 0.0
    one, other = _Tree(truth, structure_only, sections), _Tree(found, structure_only, sections)
    return 1 - _distance(one, other) / max(len(one.nodes), len(other.nodes))


class _Tree:
    """Nodes in post-order, each with its leftmost leaf, and the keyroots of Zhang and Shasha."""

    def __init__(self, table: Table, structure_only: bool, sections: bool) -> None:
        self.nodes: list[_Node] = []
        self.leftmost: list[int] = []
        grid = table.rows()
        bounds = (0, table.head, table.height) if sections and table.head else (0, table.height)
        for number, (first, after) in enumerate(pairwise(bounds)):
            leaf = len(self.nodes)
            for row in range(first, after):
                start = len(self.nodes)
                for node in _cells(grid[row], row, structure_only):
                    self._add(node, len(self.nodes))
                self._add(_Node("tr"), start)
            if sections:
                self._add(_Node("thead" if table.head and number == 0 else "tbody"), leaf)
        self._add(_Node("table"), 0)
        last = {leaf: index for index, leaf in enumerate(self.leftmost)}
        self.keyroots = sorted(last.values())

    def _add(self, node: _Node, leftmost: int) -> None:
        self.nodes.append(node)
        self.leftmost.append(min(leftmost, len(self.nodes) - 1))


def _cells(row: Sequence[Cell | None], number: int, structure_only: bool) -> Iterator[_Node]:
    for column, cell in enumerate(row):
        if cell is None:
            yield _Node("td")
        elif (cell.row, cell.column) == (number, column):
            yield _Node("td", (cell.height, cell.width), "" if structure_only else " ".join(cell.text.split()))


def _distance(one: _Tree, other: _Tree) -> float:
    """Zhang and Shasha 1989; adding or taking away a node costs 1."""
    trees = [[0.0] * len(other.nodes) for _ in one.nodes]
    for i in one.keyroots:
        for j in other.keyroots:
            _forests(one, other, i, j, trees)
    return trees[-1][-1]


def _forests(one: _Tree, other: _Tree, i: int, j: int, trees: list[list[float]]) -> None:
    left, over = one.leftmost[i], other.leftmost[j]
    costs = [[float(x + y) if not x or not y else 0.0 for y in range(j - over + 2)] for x in range(i - left + 2)]
    for x in range(1, i - left + 2):
        for y in range(1, j - over + 2):
            a, b = left + x - 1, over + y - 1
            changed = min(costs[x - 1][y], costs[x][y - 1]) + 1
            if one.leftmost[a] == left and other.leftmost[b] == over:
                changed = min(changed, costs[x - 1][y - 1] + _renaming(one.nodes[a], other.nodes[b]))
                trees[a][b] = changed
            else:
                changed = min(changed, costs[one.leftmost[a] - left][other.leftmost[b] - over] + trees[a][b])
            costs[x][y] = changed


@cache
def _renaming(a: _Node, b: _Node) -> float:
    if a.tag != b.tag or a.spans != b.spans:
        return 1.0
    return Levenshtein.normalized_distance(a.text, b.text) if a.text or b.text else 0.0
