"""Served by a real web server, pages load in a real browser, and nothing else does."""

import urllib.request


def test_the_sign_in_page_breaks_no_rule_of_its_own(web_server, page):
    response = page.goto(f"{web_server.url}/login")

    assert response.ok
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.get_by_role("button", name="Sign in").is_visible()


def test_an_injected_script_does_not_run(web_server, page, complaints):
    page.goto(f"{web_server.url}/login")

    ran = page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            return window.ran === true;
        }"""
    )

    assert not ran
    assert complaints  # the browser said so
    complaints.clear()


def test_front_end_packages_are_served(web_server):
    url = f"{web_server.url}/static/npm/tabler/css/tabler.min.css"
    with urllib.request.urlopen(url) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/css")
