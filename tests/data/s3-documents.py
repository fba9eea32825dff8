# Writes s3-documents.txt. Usage: pip install botocore==1.44.8; python s3-documents.py 2026-11-27 >s3-documents.txt
import sys
import botocore.session

OPERATIONS = ["PutPublicAccessBlock", "PutBucketEncryption", "PutBucketOwnershipControls", "PutBucketVersioning",
              "PutBucketLifecycleConfiguration", "PutBucketLogging", "PutBucketTagging", "PutBucketCors"]
JSON_TYPES = {"string": "string", "timestamp": "string", "boolean": "boolean", "integer": "number", "long": "number",
              "structure": "object"}

def members(shape, json, xml):
    """Yields the JSON path, the JSON type and the XML path of each member that has no members of its own."""
    if shape.type_name == "list":
        item = shape.member
        flat = shape.serialization.get("flattened")
        yield from members(item, json + "[]", xml if flat else f"{xml}/{item.serialization.get('name', 'member')}")
    elif shape.type_name == "structure" and shape.members:
        for name, member in shape.members.items():
            element = member.serialization.get("name", name)
            attribute = "@" if member.serialization.get("xmlAttribute") else ""
            yield from members(member, f"{json}.{name}" if json else name, f"{xml}/{attribute}{element}" if xml else element)
    else:
        yield json, JSON_TYPES[shape.type_name], xml

model = botocore.session.get_session().get_service_model("s3")
print(f"""\
# The documents of S3's bucket configurations. s3-documents.py wrote this file on {sys.argv[1]} from botocore 1.44.8's model of S3.
# Columns: operation; path of a member in the JSON of the AWS CLI ("[]" is a list); JSON type; path in the XML of S3 ("@" is an attribute).""")
for operation in OPERATIONS:
    shape = model.operation_model(operation).input_shape
    for member in sorted(members(shape.members[shape.serialization["payload"]], "", "")):
        print(operation, *member)
