"""Asks every connected Engine for JSON, one after the other, and prints the rows of all with the Engine's name."""
import base64
import json
import ssl
import sys
import urllib.parse
import urllib.request

portal, ca, user, password, ports, query = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
token = base64.b64encode(f"{user}:{password}".encode()).decode()


def fetch(url, form=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data, {"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:
        return json.loads(answer.read().decode("utf-8"))


rows = []
for engine in fetch(f"{portal}/api/configuration/v1/engines"):
    if engine["status"] != "CONNECTED":
        continue
    port = json.loads(ports)[engine["name"]]
    url = f"https://{engine['address']}:{port}/2/query"
    form = {"query": query, "format": "json", "platform": "windows", "hr": "false"}
    rows += [{"engine": engine["name"], **row} for row in fetch(url, form)]
print(json.dumps(rows))
