"""Python's records as TypeScript: what the page may rely on in an answer."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

HEAD = "// Written by `make types` from the records that the server answers with. Do not edit.\n"

PLAIN = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def typescript(answers: Mapping[str, Any]) -> str:
    """Declarations of all records in the answers, and the table ``Answers`` of them.

    Args:
        answers: name of a call -> type of its answer: a dataclass, or a dict whose fields nobody
            promises yet.

    Raises:
        TypeError: a field has a type that JSON or this writer does not know.
    """
    records: dict[str, str] = {}
    lines = [f"  {name}: {_type(answers[name], records)};" for name in sorted(answers)]
    declared = [records[name] for name in sorted(records)]
    table = "export interface Answers {\n" + "\n".join(lines) + "\n}\n"
    return "\n".join([HEAD, *declared, table])


def _type(kind: Any, records: dict[str, str]) -> str:
    if kind in PLAIN:
        return PLAIN[kind]
    if kind is Any:
        return "unknown"
    if dataclasses.is_dataclass(kind):
        return _record(kind, records)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _declared(kind.__name__, " | ".join(f'"{one.value}"' for one in kind), records)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " | ".join(_type(one, records) for one in inner)
    if origin in (tuple, list):
        return _array(inner, records)
    if origin is dict and inner == (str, Any):
        return "Record<string, any>"
    if origin in (dict, Mapping):
        return f"Record<string, {_type(inner[1], records)}>"
    raise TypeError(f"{kind} cannot be declared for the page; use a dataclass, a tuple or a union")


def _array(inner: tuple[Any, ...], records: dict[str, str]) -> str:
    if (len(inner) == 2 and inner[1] is Ellipsis) or len(inner) == 1:
        one = _type(inner[0], records)
        return f"({one})[]" if " " in one else f"{one}[]"
    return f"[{', '.join(_type(one, records) for one in inner)}]"


def _declared(name: str, meaning: str, records: dict[str, str]) -> str:
    records[name] = f"export type {name} = {meaning};\n"
    return name


def _record(kind: Any, records: dict[str, str]) -> str:
    name = kind.__name__
    if name not in records:
        records[name] = ""  # a record may hold records of its own kind
        hints = get_type_hints(kind)
        fields = [
            f"  {field.name}: {_type(hints[field.name], records)};"
            for field in dataclasses.fields(kind)
        ]
        records[name] = f"export interface {name} {{\n" + "\n".join(fields) + "\n}\n"
    return name
