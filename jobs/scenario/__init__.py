"""The scenario of the demo: event files and a policy; and the policy of the Matrix demo."""
