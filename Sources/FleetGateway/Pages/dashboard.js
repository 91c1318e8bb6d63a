"use strict";
// The server renders every part of the page; this only puts new ones in place as they come, and sends the forms of the
// dead letters without leaving the page. Without it the page works too: reload it, and forms answer with the page.

const state = document.getElementById("state");

function say(text, trouble) {
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("trouble", trouble);
}

// Makes `from` what `to` is and touches only what differs: whoever stands on a button with the keyboard stays there,
// what is scrolled or marked stays so, and a screen reader isn't told the whole table again.
function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName || from.id !== to.id) {
    from.replaceWith(to);
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.classList.contains("done")) return;
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== "disabled") from.removeAttribute(name);
  }
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  children(from, to);
}

// Rows have an id where they may come and go: the one with the same id is the same one, wherever it stands now.
function children(from, to) {
  let old = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const same = wanted.id && [...from.children].find((child) => child.id === wanted.id);
    if (same && same !== old) from.insertBefore(same, old);
    if (same) old = same;
    if (!old || (wanted.id && !same)) {
      from.insertBefore(wanted, old);
      continue;
    }
    const next = old.nextSibling;
    morph(old, wanted);
    old = next;
  }
  while (old) {
    const next = old.nextSibling;
    old.remove();
    old = next;
  }
}

function put(id, html) {
  const part = document.getElementById(id);
  if (!part) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  children(part, template.content);
}

const source = new EventSource("/dashboard/stream");
source.onmessage = (event) => {
  const frame = JSON.parse(event.data);
  say(frame.state, frame.trouble);
  for (const [id, html] of frame.parts) put(id, html);
};
source.onerror = () => say("the gateway doesn't answer; trying again", true);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.classList.contains("deed")) return;
  event.preventDefault();
  const said = document.getElementById("said");
  const button = event.submitter;
  button.disabled = true;
  const fields = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(button.getAttribute("formaction") || form.action, {
      method: "POST", body: fields, headers: { Accept: "text/plain" },
    });
    said.textContent = await answer.text();
    if (answer.ok) form.closest("tr").classList.add("done");
    else button.disabled = false;
  } catch {
    said.textContent = "The gateway doesn't answer: nothing was done.";
    button.disabled = false;
  }
});
