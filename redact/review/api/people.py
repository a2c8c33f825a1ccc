"""Whose keys are on record: inviting somebody, putting their key on record, and letting it count no more."""

from fastapi import APIRouter

__all__ = ["router"]

router = APIRouter(tags=["people"])
