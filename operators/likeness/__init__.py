"""Likeness of pictures and profiles: decoding, perceptual hashes, similarity, significance."""
