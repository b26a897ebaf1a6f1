"""A person with a browser that runs no script: follows redirects, keeps cookies, fills in forms and presses buttons."""
import html.parser, urllib.parse

import requests


class Person:
    """`away` is where the application waits for its answer; the browser is not sent there."""

    def __init__(self, away):
        self.away, self.browser = away, requests.Session()
        self.browser.trust_env = False

    def open(self, url, form=None):
        """Gives the page where the browser ends up, or the URL that was meant for the application."""
        for _ in range(10):
            if form is None:
                answer = self.browser.get(url, allow_redirects=False, timeout=30)
            else:
                origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url))
                headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
                answer = self.browser.post(url, data=form, headers=headers, allow_redirects=False, timeout=30)
            if "Location" not in answer.headers:
                return Page(url, answer.text)
            # The part after # is the browser's own; no server ever sees it.
            url, form = urllib.parse.urldefrag(urllib.parse.urljoin(url, answer.headers["Location"])).url, None
            if url.startswith(self.away):
                return url
        raise AssertionError(f"too many redirects, at last to {url}")

    def submit(self, page, action, typed=None, pressed=None):
        """Fills in the form whose action ends with this path and presses the button with this value, or the first one."""
        assert isinstance(page, Page), f"no page is shown, but the answer is there: {page}"
        form = next((form for form in page.forms if urllib.parse.urlsplit(form.action).path.endswith(action)), None)
        assert form, f"no form for {action} at {page.url}"
        button = next(button for button in form.buttons if pressed in (None, button.get("value")))
        typed = typed or {}
        fields = [field for field in form.fields if field[0] not in typed] + list(typed.items())
        if "name" in button:
            fields.append((button["name"], button.get("value") or ""))
        return self.open(urllib.parse.urljoin(page.url, form.action), fields)


class Form:
    """The fields that a browser would send as they are, and the buttons."""

    def __init__(self, action):
        self.action, self.fields, self.buttons = action, [], []


class Page(html.parser.HTMLParser):
    """The forms of a page."""

    def __init__(self, url, text):
        super().__init__()
        self.url, self.forms, self.inside = url, [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append(Form(attributes.get("action", "")))
            self.inside = True
        elif self.inside and tag == "button":
            self.forms[-1].buttons.append(attributes)
        elif self.inside and tag == "input" and (attributes.get("type") != "checkbox" or "checked" in attributes):
            self.forms[-1].fields.append((attributes["name"], attributes.get("value") or ""))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"
