"""Pass texts and flags to commands without validation.

Typer builds a pydantic validator for every parameter, even for texts and flags that need no conversion. That takes
longer than most commands. With this module, pydantic is imported only for parameters that need conversion.
"""

import typer.core
from typer._coercion import PassThroughRuntimeParam, RuntimeParam, TypeDescriptor, build_runtime_param


def take_plain_values_as_they_come() -> None:
    """Replace Typer's function in this process, because Typer has no setting for it."""
    typer.core.build_runtime_param = _build  # type: ignore[attr-defined]


def _build(descriptor: TypeDescriptor) -> RuntimeParam:
    if descriptor.annotation in (str, bool):
        return PassThroughRuntimeParam(descriptor.parameter_info, descriptor.annotation)
    return build_runtime_param(descriptor)
