"""What is kept, and the year's figures."""

from fastapi import APIRouter

__all__ = ["router"]

router = APIRouter(tags=["register"])
