"""Paths of the installation, the bundle for a cluster, and the Kubernetes deployment."""
