"""Answers that are long: spelt as they are, without being checked again field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["spelt"]


def spelt(facts: BaseModel) -> Response:
    """Answer with FACTS, of thousands of people or frames; what answers so says itself of which model they are."""
    return Response(facts.model_dump_json(by_alias=True), media_type="application/json")
