"""Reading a validated selection straight off the library's values.

graphql-core needs about a millisecond for a few dozen fields, which would hide what a test measures. A selection is
compiled once into nested functions and then runs about as fast as building the dicts. Documents with directives, and
introspection, are left to graphql-core.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values

from tests.fakes.stash.views import Views

# (value, coerced variables) -> what stands in the answer
Finish = Callable[[Any, Any], Any]


class SelectionCompiler:
    """Compiles selections of one document."""

    def __init__(self, document: DocumentNode, views: Views) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._views = views

    def fields(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Field nodes by their key in the answer, fragments resolved; nodes of one key are merged later."""
        found: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self._collect(selections, found)
        return found

    def finish(self, type_: GraphQLOutputType, nodes: list[FieldNode]) -> Finish | None:
        """How a value of `type_` is brought into the answer; None when it stands there as it is."""
        if isinstance(type_, GraphQLNonNull):
            return self.finish(type_.of_type, nodes)
        if isinstance(type_, GraphQLList):
            return _each(self.finish(type_.of_type, nodes))
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, nodes)
        leaf = self._views.leaf(type_.name)
        return None if leaf is None else _written(leaf)

    def _object(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Finish:
        selected = self.fields(node.selection_set for node in nodes if node.selection_set)
        steps = [(key, *self._step(type_, key_nodes)) for key, key_nodes in selected.items()]

        def read(source: Any, variables: Any) -> dict[str, Any]:
            answer = {}
            for key, get, finish in steps:
                value = get(source)
                answer[key] = value if finish is None or value is None else finish(value, variables)
            return answer

        return read

    def _step(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> tuple[Callable[[Any], Any], Finish | None]:
        name = nodes[0].name.value
        if name == "__typename":
            return (lambda _source: type_.name), None
        field = type_.fields[name]
        reader, finish = self._views.reader(type_.name, name), self.finish(field.type, nodes)
        if not field.args:
            return reader, finish
        return (lambda source: source), _with_arguments(field, nodes[0], reader, finish)

    def _collect(self, selections: SelectionSetNode, found: dict[str, list[FieldNode]]) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self._collect(node.selection_set, found)
            elif isinstance(node, FragmentSpreadNode):
                self._collect(self._fragments[node.name.value].selection_set, found)


def _written(leaf: Callable[[Any], Any]) -> Finish:
    return lambda value, _variables: leaf(value)


def _each(finish: Finish | None) -> Finish:
    if finish is None:
        return lambda values, _variables: list(values)
    return lambda values, variables: [None if value is None else finish(value, variables) for value in values]


def _with_arguments(field: GraphQLField, node: FieldNode, reader: Callable[..., Any], finish: Finish | None) -> Finish:
    def read(source: Any, variables: Any) -> Any:
        arguments: Mapping[str, Any] = get_argument_values(field, node, variables)
        value = reader(source, **arguments)
        return value if finish is None or value is None else finish(value, variables)

    return read
