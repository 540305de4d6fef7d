"""Reads one answer of an Engine the way that its format asks for and prints it as JSON. No certificate is checked."""
import csv
import html.parser
import io
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

url, user, password, style, query = sys.argv[1:]
manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
manager.add_password(None, url, user, password)
opener = urllib.request.build_opener(
    urllib.request.HTTPBasicAuthHandler(manager),
    urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
)
shape = "json" if style == "error" else style
target = f"{url}/2/query?platform=windows&format={shape}&query={urllib.parse.quote(query)}"


class Options(html.parser.HTMLParser):
    found, message, inside, place = [], "", False, ""

    def handle_starttag(self, tag, attributes):
        self.place = dict(attributes).get("id", self.place)
        self.inside = tag == "li" or self.place == "error_message"

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, text):
        if self.inside and self.place == "error_options":
            self.found.append(text)
        elif self.inside:
            self.message += text


if style == "error":
    try:
        opener.open(target)
    except urllib.error.HTTPError as refusal:
        reader = Options()
        reader.feed(refusal.read().decode("utf-8"))
        print(json.dumps({"status": refusal.code, "message": reader.message, "options": reader.found}))
else:
    text = opener.open(target).read().decode("utf-8")
    if style == "csv":
        print(json.dumps(list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))))
    else:
        table = xml.etree.ElementTree.fromstring(text)
        names = [cell.text for cell in table.findall("./header/*")]
        rows = table.findall("./body/r")
        print(json.dumps([{n: row.findtext(f"c{i}") for i, n in enumerate(names)} for row in rows]))
