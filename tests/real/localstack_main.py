"""Runs LocalStack on 127.0.0.1 only, and stores its objects under $TMPDIR.

The twisted server of LocalStack reads only the port of GATEWAY_LISTEN, and listens on 0.0.0.0
(localstack/runtime/server/twisted.py, "TODO: interface = host?"). The hypercorn server of
LocalStack uses the host too, but cannot serve http and https on one port.

By default, all instances of LocalStack store their objects in /tmp/localstack-s3-storage.

LocalStack imports warnings.deprecated, which only Python 3.13 and later have. Ubuntu 24.04 has
Python 3.12, so this script uses the backport in typing_extensions.
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
