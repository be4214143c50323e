// Fetches the texts each second and puts new ones on top. Those that are shown stay untouched, so that a screen reader
// hears each text once and a selection is not lost.

const EVERY = 1000;

const list = document.getElementById("messages");
const empty = document.getElementById("empty");
const trouble = document.getElementById("trouble");
const copied = document.getElementById("copied");
const template = document.getElementById("message");

const shown = new Map();

async function refresh() {
  try {
    const response = await fetch("/messages", { cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
    say(trouble, "");
  } catch {
    say(trouble, "Doorcode does not answer. Is it still running? This page goes on by itself when it is back.");
  }
  setTimeout(refresh, EVERY);
}

function show(messages) {
  const keys = new Set();
  for (const message of messages) {
    const key = JSON.stringify(message);
    keys.add(key);
    if (!shown.has(key)) {
      shown.set(key, item(message));
      list.prepend(shown.get(key));
    }
  }
  for (const [key, element] of shown) {
    if (!keys.has(key)) {
      element.remove();
      shown.delete(key);
    }
  }
  empty.hidden = messages.length > 0;
}

function item({ to, text, at }) {
  const element = template.content.cloneNode(true).firstElementChild;
  const sent = new Date(at * 1000);
  const time = element.querySelector("time");
  element.querySelector(".to").textContent = to;
  element.querySelector(".text").textContent = text;
  time.dateTime = sent.toISOString();
  time.textContent = sent.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
  const code = codeIn(text);
  if (code === null) {
    element.querySelector(".code").remove();
  } else {
    const button = element.querySelector("button");
    element.querySelector(".digits").textContent = code;
    button.setAttribute("aria-label", `Copy code ${code}`);
    button.addEventListener("click", () => copy(code, element));
  }
  return element;
}

// The last line of a text names the domain and the code: `@localhost #123456`.
function codeIn(text) {
  return /#(\d{6,8})\s*$/.exec(text)?.[1] ?? null;
}

async function copy(code, element) {
  try {
    await navigator.clipboard.writeText(code);
    say(copied, `Copied ${code}`);
  } catch {
    // The browser keeps the clipboard to itself: the code is selected instead, ready to be copied by hand.
    getSelection().selectAllChildren(element.querySelector(".digits"));
    say(copied, "Selected. Copy it with your keyboard.");
  }
}

function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

refresh();
