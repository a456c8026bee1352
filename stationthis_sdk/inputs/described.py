"""A class whose instances tell their own inputs to editors, ``?`` and ``help``; how is loaded when somebody asks."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["Described"]


class _OfInputs:
    """The signature of one deployment; the class itself has that of its ``__init__``, as any class."""

    def __get__(self, instance: Any, owner: type) -> "Signature":
        if instance is None:
            raise AttributeError("__signature__")
        fields = instance.inputs
        if not fields and not instance.record.graph:
            raise AttributeError("__signature__")  # a server of old: nothing is known, so anything goes
        from stationthis_sdk.inputs.signatures import signature_of  # noqa: PLC0415 - loaded when somebody asks

        return signature_of(fields)


class _OfOne:
    """The text about one deployment; that of the class is its docstring."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __get__(self, instance: Any, owner: type) -> str | None:
        if instance is None:
            return self._text
        from stationthis_sdk.inputs.signatures import text_about  # noqa: PLC0415 - likewise

        return text_about(instance)


class Described:
    """Each deployment tells its own inputs: to ``?`` and Shift-Tab, ``inspect.signature``, ``help``."""

    __slots__ = ()
    __signature__ = _OfInputs()

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.__doc__ = _OfOne(cls.__dict__.get("__doc__"))  # type: ignore[assignment]  # text, for whoever looks
