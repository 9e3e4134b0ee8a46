"""Which nodes of a graph lie on a circle. PURE.

Written for the items of a questionnaire and what decides whether each is asked, but knows nothing of them. Walks
without recursion, each edge once: a chain of a hundred thousand items costs no stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Edges = Mapping[str, Iterable[str]]
"""Node → the nodes it depends on."""


def in_circles(edges: Edges) -> set[str]:
    """The nodes from which a way leads back to themselves; what merely leads to a circle, or away from one, is not in.

    Dependence on what is no node is passed over.
    """
    found: set[str] = set()
    for component in _components(edges):
        if len(component) > 1 or component[0] in edges[component[0]]:
            found.update(component)
    return found


@dataclass(slots=True)
class _Walk:
    """Tarjan's bookkeeping: when a node was reached, the earliest node it reaches, those in no component yet."""

    edges: Edges
    number: dict[str, int] = field(default_factory=dict)
    lowest: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    path: list[tuple[str, Iterator[str]]] = field(default_factory=list)

    def enter(self, node: str) -> None:
        self.number[node] = self.lowest[node] = len(self.number)
        self.waiting[node] = None
        self.path.append((node, iter(self.edges[node])))

    def reach(self, node: str, other: str) -> None:
        self.lowest[node] = min(self.lowest[node], self.lowest[other])

    def close(self, node: str) -> list[str]:
        """The component of a node from which nothing earlier is reached: all that was reached since."""
        component: list[str] = []
        while not component or component[-1] != node:
            component.append(self.waiting.popitem()[0])
        return component


def _components(edges: Edges) -> Iterator[list[str]]:
    """The strongly connected components: nodes of which each reaches each."""
    walk = _Walk(edges)
    for start in edges:
        if start not in walk.number:
            walk.enter(start)
        while walk.path:
            node, others = walk.path[-1]
            other = next((each for each in others if each in edges), None)
            if other is None:
                walk.path.pop()
                if walk.path:
                    walk.reach(walk.path[-1][0], node)
                if walk.lowest[node] == walk.number[node]:
                    yield walk.close(node)
            elif other not in walk.number:
                walk.enter(other)
            elif other in walk.waiting:
                walk.reach(node, other)
