"""A person in front of Microsoft's page. usage: consent_clicks.py FOLDER NAME URL SELECTOR [NAME URL SELECTOR...]

Opens each URL, takes a picture, clicks what SELECTOR says, and waits until the browser stands on a page of ours. Prints
per NAME what that page says, as JSON; then reloads the last one, as people do. Screenshots go to FOLDER.
"""

import json
import sys

from browser import Browser

HEADING = "document.querySelector('body.short h1')?.textContent || ''"


def main():
    folder, steps = sys.argv[1], sys.argv[2:]
    seen = {}
    with Browser(width=900, height=640) as page:
        for name, url, selector in zip(steps[::3], steps[1::3], steps[2::3]):
            page.open(url)
            page.screenshot(f"{folder}/{name}-asked.png")
            page.click(selector)
            page.wait("!location.href.includes('/oauth2/') && !location.href.includes('/adminconsent')"
                      " && document.readyState === 'complete'", "the way back", limit=30)
            page.screenshot(f"{folder}/{name}.png")
            seen[name] = {
                "heading": page.value(HEADING), "text": page.value("document.body.innerText"),
                "path": page.value("location.pathname + location.search"),
                "button": page.value("document.querySelector('a.button')?.href || ''"),
            }
        page.call("Page.reload")
        page.wait(f"({HEADING}) !== '' && ({HEADING}) !== {json.dumps(seen[steps[-3]]['heading'])}", "the page again")
        seen["reloaded"] = {"heading": page.value(HEADING)}
        complaints = [text for text in page.complaints() if "status of 4" not in text]
    with Browser(width=390, height=700, dark=True) as phone:
        phone.open(steps[-2])
        phone.click(steps[-1])
        phone.wait(f"({HEADING}) !== ''", "the page on a phone")
        phone.screenshot(f"{folder}/phone.png")
        seen["phone"] = {"heading": phone.value(HEADING), "width": phone.value("document.documentElement.scrollWidth")}
    print(json.dumps({"seen": seen, "complaints": complaints}))


main()
