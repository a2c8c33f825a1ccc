"""How fast, and how safe. Run on request; docs/accuracy.md and baseline.json hold what was measured last."""
