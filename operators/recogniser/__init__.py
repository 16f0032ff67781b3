"""The recogniser: linear weights over hashed character n-grams that were learned from written examples."""
