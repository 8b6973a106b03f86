"""Doing what a file asks for."""

from __future__ import annotations

from anyreg.registry.apply import apply

__all__ = ["apply"]
