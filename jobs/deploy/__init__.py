"""Installation layout, the bundle for a cluster, and the Kubernetes deployment."""
