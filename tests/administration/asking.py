"""How do tests fill in the administration's forms?"""

import re


def inline_blanks(*prefixes):
    """What a browser sends for inlines in which nothing was filled in."""
    sizes = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0}
    return {f"{p}-{name}": n for p in prefixes for name, n in sizes.items()}


def act(client, address, name, rows, **given):
    """Do an act to rows of a list: past the page in between, or to its refusal."""
    keys = {"action": name, "_selected_action": [row.pk for row in rows], "index": 0}
    between = client.post(address, keys)
    assert between.status_code == 200, "there is a page in between"
    del keys["index"]
    return client.post(address, {**keys, "apply": 1, **given}, follow=True)


def said(response):
    """The messages and errors of a page, as one text."""
    text = response.content.decode()
    found = re.findall(r'class="(?:say|admin-error)[^>]*>(.*?)</(?:div|p)>', text, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", each).strip() for each in found)
