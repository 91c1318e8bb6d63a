"use strict";
// The server renders every part of the page; this only puts new ones in place as they come, and sends the forms of the
// dead letters without leaving the page. Without it the page works too: reload it, and forms answer with the page.

const state = document.getElementById("state");

function say(text, trouble) {
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("trouble", trouble);
}

function put(id, html) {
  const part = document.getElementById(id);
  if (!part) return;
  // Whoever stands on a button with the keyboard stays there; whoever scrolled a table stays there.
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const scroller = part.querySelector(".scroll");
  const left = scroller ? scroller.scrollLeft : 0;
  part.innerHTML = html;
  if (left) part.querySelector(".scroll").scrollLeft = left;
  if (focused) document.getElementById(focused)?.focus();
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
  const button = event.submitter;
  button.disabled = true;
  const fields = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(button.getAttribute("formaction") || form.action, {
      method: "POST", body: fields, headers: { Accept: "text/plain" },
    });
    document.getElementById("said").textContent = await answer.text();
    if (answer.ok) form.closest("tr").classList.add("done");
    else button.disabled = false;
  } catch {
    document.getElementById("said").textContent = "The gateway doesn't answer: nothing was done.";
    button.disabled = false;
  }
});
