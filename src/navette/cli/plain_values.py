"""Texts and flags are taken as they come.

Typer builds a pydantic validator for every parameter, even for a text that stays a text and for a flag that nobody set.
That takes longer than most commands; with this, pydantic is imported only for what it converts.
"""

import typer.core
from typer._coercion import PassThroughRuntimeParam, RuntimeParam, TypeDescriptor, build_runtime_param


def take_plain_values_as_they_come() -> None:
    """From now on in this process. Typer offers no setting for it."""
    typer.core.build_runtime_param = _build  # type: ignore[attr-defined]


def _build(descriptor: TypeDescriptor) -> RuntimeParam:
    if descriptor.annotation in (str, bool):
        return PassThroughRuntimeParam(descriptor.parameter_info, descriptor.annotation)
    return build_runtime_param(descriptor)
