"""Who asks."""

from starlette.types import Scope


def address_of(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
