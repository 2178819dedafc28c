"""The API described by itself: ``/api/openapi.json`` (OpenAPI 3.1), from the routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter

from app.http.routes import Call, Needs, Route

_PART = re.compile(r"\{(\w+)(?::[^}]*)?\}")
_REF = "#/components/schemas/{model}"
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "hint", "retryable", "data"],
    "properties": {
        "code": {"type": "string", "description": "Stable; for machines."},
        "message": {"type": "string", "description": "What happened."},
        "hint": {"type": "string", "description": "What to do."},
        "retryable": {"type": "boolean"},
        "data": {"type": "object"},
    },
}


class OpenApi:
    """The route of the document; ``routes`` gives all declared ones."""

    def __init__(self, routes: Callable[[], Sequence[Route]], version: str) -> None:
        self._all = routes
        self._version = version
        self._document: dict[str, Any] | None = None

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/openapi.json", needs=Needs.NOBODY, handler=self._show,
                summary="This document",
            )
        ]  # fmt: skip

    async def _show(self, _call: Call) -> dict[str, Any]:
        if self._document is None:
            self._document = document(self._all(), self._version)
        return self._document


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The OpenAPI document of ``routes``."""
    schemas: dict[str, Any] = {"Error": _ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parley", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "parley_session"},
            },
        },
    }


def _operation(route: Route, path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _id(route, path),
        "tags": list(route.tags) or [path.split("/")[2].split(".")[0]],
        "x-needs": route.needs.value,
        "security": [] if route.needs is Needs.NOBODY else [{"token": []}, {"cookie": []}],
        "responses": {
            "default": {
                "description": "What went wrong.",
                "content": _json({"$ref": _REF.format(model="Error")}),
            }
        },
    }
    if route.returns is not None:
        schema = _schema(route.returns, schemas, "serialization")
        operation["responses"]["200"] = {"description": "Done.", "content": _json(schema)}
    else:
        status = "200" if route.method == "GET" else "204"
        operation["responses"][status] = {"description": "Done."}
    if route.body is not None:
        operation["requestBody"] = {
            "content": _json(_schema(route.body, schemas, "validation")),
            "required": any(field.is_required() for field in route.body.model_fields.values()),
        }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(route.path)
    ]
    if route.query is not None:
        found = route.query.model_json_schema(ref_template=_REF)
        schemas.update(found.pop("$defs", {}))
        parameters += [
            {
                "name": name, "in": "query", "schema": schema,
                "required": name in found.get("required", []),
            }
            for name, schema in found.get("properties", {}).items()
        ]  # fmt: skip
    if parameters:
        operation["parameters"] = parameters
    return operation


def _schema(kind: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template=_REF, mode=mode)
    schemas.update(schema.pop("$defs", {}))
    title = schema.get("title")
    if title and schema.get("type") == "object":
        schemas[title] = schema
        return {"$ref": _REF.format(model=title)}
    return schema


def _id(route: Route, path: str) -> str:
    words = re.findall(r"[a-z_]+", path.removeprefix("/api"))
    return "_".join([route.method.lower(), *words])


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
