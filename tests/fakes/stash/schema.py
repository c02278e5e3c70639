"""The schema as graphql-core wants it, made from `schema.graphql`."""

from functools import cache
from pathlib import Path

from graphql import GraphQLScalarType, GraphQLSchema, build_schema

from tests.fakes.stash.views import LEAVES


@cache
def stash_schema() -> GraphQLSchema:
    """The schema, built once a process and never changed: building it takes longer than most tests."""
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
    for name, type_ in schema.type_map.items():
        leaf = LEAVES.get(name)
        # ID and Float are shared by every schema of the process and must stay as they are.
        if leaf and type_.ast_node and isinstance(type_, GraphQLScalarType):
            type_.coerce_output_value = leaf
    return schema
