# Writes aws-hosts.txt. Usage: pip install botocore==1.44.8; python aws-hosts.py 2026-11-26 >aws-hosts.txt
import sys
import botocore.loaders
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

SERVICES = {"s3": {}, "sts": {"UseGlobalEndpoint": False}, "sso": {}, "sso-oidc": {}, "cloudtrail": {},
            "s3control": {"AccountId": "111122223333", "RequiresAccountId": True}}
loader = botocore.loaders.Loader()
partitions = loader.load_data("partitions")
# Each partition gets an invented region that botocore does not know, and `xx-newtown-9` belongs to no partition.
new = ["us-newtown-9", "cn-newtown-9", "us-gov-newtown-9", "eusc-de-newtown-9", "us-iso-newtown-9", "us-isob-newtown-9",
       "eu-isoe-newtown-9", "us-isof-newtown-9", "xx-newtown-9"]
regions = sorted(name for partition in partitions["partitions"] for name in partition["regions"]) + new

def host(provider, region, fips, dualstack, parameters):
    try:
        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack, **parameters)
    except EndpointProviderError:
        return "none", None
    schemes = endpoint.properties.get("authSchemes") or [{}]
    return endpoint.url.removeprefix("https://"), schemes[0].get("signingRegion")

print(f"""\
# Hosts of AWS. aws-hosts.py wrote this file on {sys.argv[1]} from the endpoint rule sets of botocore 1.44.8.
# Columns: service; region; the host; the FIPS host; the dual-stack host; the host with both; the region of the signature. "none" means an error.""")
for service, parameters in SERVICES.items():
    provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
    for region in regions:
        found = [host(provider, region, fips, dual, parameters) for dual in (False, True) for fips in (False, True)]
        signing = {name for _, name in found if name} or {region}
        assert len(signing) == 1, (service, region, signing)
        print(service, region, *(name for name, _ in found), *signing)
