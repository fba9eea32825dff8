"""Runs LocalStack bound to 127.0.0.1 only, with its objects under $TMPDIR.

Its twisted server takes nothing but the port from an IPv4 GATEWAY_LISTEN and binds 0.0.0.0
(localstack/runtime/server/twisted.py, "TODO: interface = host?"); its hypercorn server does
honour the host, but cannot answer http and https on one port.

Its objects would go to /tmp/localstack-s3-storage, shared by all instances.

It also imports warnings.deprecated, which is in Python >= 3.13 only (Ubuntu 24.04 has 3.12);
typing_extensions has the backport.
"""

import tempfile
import warnings

from twisted.internet import endpoints
from typing_extensions import deprecated


class LoopbackEndpoint(endpoints.TCP4ServerEndpoint):
    def __init__(self, reactor, port, backlog=50, interface="127.0.0.1"):
        super().__init__(reactor, port, backlog, interface)


endpoints.TCP4ServerEndpoint = LoopbackEndpoint
if not hasattr(warnings, "deprecated"):
    warnings.deprecated = deprecated

if __name__ == "__main__":
    from localstack.runtime.main import main
    from localstack.services.s3 import provider

    provider.DEFAULT_S3_TMP_DIR = tempfile.mkdtemp(prefix="s3-")
    main()
