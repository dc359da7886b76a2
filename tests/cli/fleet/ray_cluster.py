"""A Ray cluster of two nodes with a core each, on this machine; a process of its own.

Prints its address; a line on stdin takes the second node away, as a power cut would; the end of
stdin ends it.
"""

import sys

from ray.cluster_utils import Cluster

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = cluster.add_node(num_cpus=1)
    print(cluster.address, flush=True)
    try:
        for _ in sys.stdin:
            cluster.remove_node(second, allow_graceful=False)
            print("removed", flush=True)
    finally:
        cluster.shutdown()
