"""Analysis of runs: what-if, samples, recomputation, shadow comparison, state inspection."""
