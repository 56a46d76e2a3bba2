"""Which models there are, and which one orders shortlists. Trained ones join here."""

from __future__ import annotations

from matching.types import Model

METHODOLOGY = "2026-12"
"""Goes up with every change of features, weights, thresholds or rounding; stored with each shortlist."""

POLICY = Model(name="additive", version=f"policy-{METHODOLOGY}", methodology=METHODOLOGY)
"""The published weights as they are, moved by no judgement."""
