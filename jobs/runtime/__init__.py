"""What both engines share: operator host, ingress, record envelope, shadow policies."""
