"""Passphrases, asked of whoever sits at the terminal; where nobody does, nothing is asked."""

from __future__ import annotations

import sys

import click

__all__ = ["ask", "choose"]


def ask() -> bytes | None:
    """Ask for the passphrase of one's own key; None where nobody is there to be asked."""
    return _prompt("Passphrase of your own key", confirm=False)


def choose() -> bytes | None:
    """Have a passphrase chosen, and typed a second time; None where nobody is there to be asked."""
    return _prompt("Choose a passphrase for your own key", confirm=True)


def _prompt(words: str, *, confirm: bool) -> bytes | None:
    if not sys.stdin.isatty():
        return None
    said: str = click.prompt(words, hide_input=True, confirmation_prompt=confirm, err=True)
    return said.encode("utf-8", "surrogateescape")
