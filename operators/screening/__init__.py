"""Screening of message texts: prefilter, keyword matcher, detectors, findings."""
