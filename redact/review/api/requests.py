"""Requests: from the day they come to the day they are answered."""

from fastapi import APIRouter

__all__ = ["router"]

router = APIRouter(tags=["requests"])
