"""A person at the dashboard. usage: dashboard_clicks.py URL KEY FOLDER

Expects a fleet with a dead letter, and prints what was seen as JSON. Screenshots go to FOLDER.
"""

import json
import sys

from browser import Browser


def main():
    url, key, folder = sys.argv[1:4]
    with Browser() as page:
        page.key("operator", key)
        page.open(url)
        page.wait("document.getElementById('state').textContent === 'live'", "life")
        page.wait("document.querySelectorAll('#connections tbody tr').length > 0", "a connection")
        page.wait("document.querySelector('#rate path.all').getAttribute('d').length > 20", "the chart")
        page.wait("document.querySelector('#tenants tbody tr') !== null", "a tenant that waits")
        tenants = page.value("document.querySelector('#tenants tbody').textContent")
        first = page.value("document.querySelector('#letters [id^=retry-]').id")
        page.screenshot(folder + "/dashboard.png")
        page.click("#" + first)
        page.wait("document.getElementById('said').textContent.startsWith('Enqueued again')", "the retry's answer")
        said = page.value("document.getElementById('said').textContent")
        page.wait(
            f"document.getElementById({json.dumps(first)}) === null"
            " || document.querySelector('#letters tr.done') !== null", "the row's end")
        # By keyboard: the skip link, then on to a button of the dead letters.
        page.open(url)
        page.wait("document.querySelector('#letters [id^=discard-]') !== null", "the retried job's dead letter")
        page.press("Tab")
        skip = page.value("document.activeElement.className")
        # On a button by the keyboard: frames come each second, and whoever stands there stays there.
        for _ in range(60):
            page.press("Tab")
            focused = page.value("document.activeElement.id")
            if focused.startswith("discard-"):
                break
        ago = page.value("document.activeElement.closest('tr')?.cells[0].textContent")
        page.wait(
            f"document.activeElement.closest('tr')?.cells[0].textContent !== {json.dumps(ago)}", "another frame")
        stays = page.value("document.activeElement.id") == focused and focused != ""
        # What a screen reader is told: nothing without a name.
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        nameless = [
            node["role"]["value"] for node in tree
            if node.get("role", {}).get("value") in ("button", "link", "region", "image", "meter")
            and not node.get("ignored") and not node.get("name", {}).get("value")]
        names = page.value(
            "[...document.querySelectorAll('section')].map(part => part.getAttribute('aria-label')"
            " || part.querySelector('h2')?.textContent || '')")
        complaints = page.complaints()
    with Browser(width=390, height=1200, dark=True) as phone:
        phone.key("operator", key)
        phone.open(url)
        phone.wait("document.getElementById('state').textContent === 'live'", "life")
        phone.screenshot(folder + "/dashboard-phone.png")
        wide = phone.value("document.documentElement.scrollWidth")
        complaints += phone.complaints()
    print(json.dumps({
        "said": said, "tenants": tenants, "first_stop": skip, "stays": stays, "nameless": nameless, "sections": names,
        "phone_width": wide, "complaints": complaints}))


main()
