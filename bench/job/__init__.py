"""Parts that run the whole job on a broker and a cluster, with what feeds and watches it."""
