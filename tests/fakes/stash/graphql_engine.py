"""From the text of a query to Stash's answer: validation by graphql-core, errors in the form that Stash gives them.

A query that Stash cannot accept is HTTP 422 and nothing runs. A resolver that fails is HTTP 200 with `errors`, and the
field is null, or all of `data` where the field may not be null.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    execute_sync,
    parse,
    validate,
    visit,
)
from graphql.execution.values import get_argument_values, get_variable_values

from tests.fakes.stash.library import ResolverError
from tests.fakes.stash.schema import stash_schema
from tests.fakes.stash.selection import Finish, SelectionCompiler
from tests.fakes.stash.views import Views

Resolver = Callable[[Mapping[str, Any]], Any]

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class GraphQLAnswer:
    """Body and status of an answer; `root_fields` names what was asked for, e.g. ("findScenes",)."""

    status: int
    body: dict[str, Any]
    root_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RootField:
    """One compiled field of the operation."""

    key: str
    name: str
    node: FieldNode
    finish: Finish | None
    required: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed and validated document; `roots` is None when graphql-core runs it, with `errors` nothing runs."""

    document: DocumentNode
    operation: OperationDefinitionNode
    root_type: GraphQLObjectType
    root_fields: tuple[str, ...]
    roots: tuple[RootField, ...] | None


class GraphQLEngine:
    """Answers queries over one library.

    Args:
        resolvers: root field name -> function of its coerced arguments.
        guard: held while values are read, so that no change runs between two fields of one answer.
    """

    def __init__(self, views: Views, resolvers: Mapping[str, Resolver], guard: AbstractContextManager[Any]) -> None:
        self._schema = stash_schema()
        self._views = views
        self._resolvers = resolvers
        self._guard = guard
        self._prepare = lru_cache(maxsize=1000)(self._prepare_once)

    def execute(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        failure: str | None = None,
    ) -> GraphQLAnswer:
        """Answer a query.

        Args:
            failure: makes every root field fail with this message, as a locked database does.
        """
        prepared = self._prepare(query, operation_name)
        if isinstance(prepared, GraphQLAnswer):
            return prepared
        values = get_variable_values(self._schema, prepared.operation.variable_definitions or (), variables or {})
        if isinstance(values, list):
            return _refusal(values, VALIDATION_FAILED, prepared.root_fields)
        if prepared.roots is None:
            return self._execute_slowly(prepared, variables or {}, failure)
        return self._execute(prepared, prepared.roots, values, failure)

    def _prepare_once(self, query: str, operation_name: str | None) -> Prepared | GraphQLAnswer:
        try:
            document = parse(query)
        except GraphQLError as error:
            return _refusal([error], PARSE_FAILED)
        if errors := validate(self._schema, document):
            return _refusal(errors, VALIDATION_FAILED)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        chosen = [
            node for node in operations if operation_name is None or (node.name and node.name.value == operation_name)
        ]
        if len(chosen) != 1:
            return _refusal([GraphQLError(f"operation {operation_name or ''} not found")], VALIDATION_FAILED)
        return self._compile(document, chosen[0])

    def _compile(self, document: DocumentNode, operation: OperationDefinitionNode) -> Prepared:
        compiler = SelectionCompiler(document, self._views)
        root_type = (
            self._schema.mutation_type if operation.operation is OperationType.MUTATION else self._schema.query_type
        )
        assert root_type is not None
        fields = compiler.fields([operation.selection_set])
        names = tuple(nodes[0].name.value for nodes in fields.values())
        if any(name.startswith("__") for name in names) or _has_directives(document):
            return Prepared(document, operation, root_type, names, None)
        roots = []
        for key, nodes in fields.items():
            type_ = root_type.fields[nodes[0].name.value].type
            finish = compiler.finish(type_, nodes)
            roots.append(RootField(key, nodes[0].name.value, nodes[0], finish, isinstance(type_, GraphQLNonNull)))
        return Prepared(document, operation, root_type, names, tuple(roots))

    def _execute(
        self, prepared: Prepared, roots: tuple[RootField, ...], variables: Any, failure: str | None
    ) -> GraphQLAnswer:
        data: dict[str, Any] | None = {}
        errors = []
        for root in roots:
            try:
                value = self._resolve(prepared, root, variables, failure)
            except (ResolverError, ValueError) as error:
                errors.append({"message": str(error), "path": [root.key]})
                data = None if root.required or data is None else {**data, root.key: None}
            else:
                data = data if data is None else {**data, root.key: value}
        return GraphQLAnswer(200, {"errors": errors, "data": data} if errors else {"data": data}, prepared.root_fields)

    def _resolve(self, prepared: Prepared, root: RootField, variables: Any, failure: str | None) -> Any:
        if failure:
            raise ResolverError(failure)
        arguments = get_argument_values(prepared.root_type.fields[root.name], root.node, variables)
        value = self._resolvers[root.name](arguments)
        if value is None or root.finish is None:
            return value
        with self._guard:
            return root.finish(value, variables)

    def _execute_slowly(self, prepared: Prepared, variables: dict[str, Any], failure: str | None) -> GraphQLAnswer:
        name = prepared.operation.name.value if prepared.operation.name else None
        result = execute_sync(
            self._schema,
            prepared.document,
            context_value=failure,
            variable_values=variables,
            operation_name=name,
            field_resolver=self._resolve_field,
        )
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body = {"errors": [{"message": error.message, "path": error.path} for error in result.errors], **body}
        return GraphQLAnswer(200, body, prepared.root_fields)

    def _resolve_field(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if info.parent_type not in (self._schema.query_type, self._schema.mutation_type):
            return self._views.reader(info.parent_type.name, info.field_name)(source, **arguments)
        if info.context:
            raise ResolverError(info.context)
        return self._resolvers[info.field_name](arguments)


class _DirectiveFinder(Visitor):
    found = False

    def enter_directive(self, _node: DirectiveNode, *_rest: Any) -> None:
        self.found = True


def _has_directives(document: DocumentNode) -> bool:
    finder = _DirectiveFinder()
    visit(document, finder)
    return finder.found


def _refusal(errors: list[GraphQLError], code: str, root_fields: tuple[str, ...] = ()) -> GraphQLAnswer:
    return GraphQLAnswer(422, {"errors": [_refused(error, code) for error in errors], "data": None}, root_fields)


def _refused(error: GraphQLError, code: str) -> dict[str, Any]:
    # Stash quotes names with double quotes, graphql-core with single ones.
    shown: dict[str, Any] = {"message": error.message.replace("'", '"')}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return {**shown, "extensions": {"code": code}}
