// The account page: who is signed in, since when, what they should know, and the way out.

import { call } from "./api.js";
import { announce, clearProblem, element, showProblem, whenSubmitted } from "./form.js";
import { leaveNote } from "./login-request.js";
import { sentence } from "./problems.js";
import { dayAndTime, masked, plural } from "./words.js";

start();

function start() {
  whenSubmitted(element("sign-out"), signOut);
  whenSubmitted(element("again"), load);
  whenSubmitted(element("reopen"), unlock);
  // A page that the browser kept may show a person who has signed out since.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  element("looking").textContent = "One moment…";
  load();
}

async function load() {
  clearProblem();
  const { body, problem } = await call("GET", "/auth/session");
  element("looking").textContent = "";
  if (problem?.name === "no-session") return goToSignIn(sentence(problem));
  element("again").hidden = !problem;
  if (problem) {
    showProblem(sentence(problem));
    return false;
  }
  show(body);
  return false;
}

function show(session) {
  const { name, phone } = session.user;
  element("hello").textContent = name ? `Hello, ${name}` : "You are signed in";
  element("name").textContent = name ?? "";
  element("name").parentElement.hidden = !name;
  element("phone").replaceChildren(masked(phone));
  showTime(element("since"), session.created_at);
  showTime(element("until"), session.expires_at);
  element("session").hidden = false;
  element("sign-out").hidden = false;
  showNotices(session.security_notices);
}

function showTime(time, epochSeconds) {
  time.dateTime = new Date(epochSeconds * 1000).toISOString();
  time.textContent = dayAndTime(epochSeconds);
}

/** Most of what is told here is the person's own doing, so each sentence says that first. */
function showNotices({ wrong_codes: wrongCodes, new_browsers: newBrowsers, locked: locked }) {
  const told = [];
  const tell = (id, sentence) => {
    element(id).textContent = sentence;
    element(id).hidden = false;
    told.push(sentence);
  };
  if (wrongCodes > 0) {
    tell("wrong-codes", `${plural(wrongCodes, "wrong code was", "wrong codes were")} typed for your number since your last sign-in. If that was you, all is well. If not, nothing is lost: a wrong code lets nobody in.`);
  }
  if (newBrowsers > 0) {
    tell("new-browsers", `${plural(newBrowsers, "new browser")} signed in to your account since your last sign-in. If that was you, all is well. If not, somebody got hold of a code that was sent to you: ask your carrier about it, and tell this service.`);
  }
  if (locked) told.push(element("locked").textContent);
  element("reopen").hidden = !locked;
  element("notices").hidden = told.length === 0;
  announce(told.join(" "));
}

async function unlock() {
  element("reopen-problem").textContent = "";
  const { problem } = await call("POST", "/auth/unlock");
  if (problem?.name === "no-session") return goToSignIn(sentence(problem));
  if (problem) {
    element("reopen-problem").textContent = sentence(problem);
    return false;
  }
  element("reopen").hidden = true;
  element("reopened").hidden = false;
  // The button that had the focus is gone.
  element("notices-title").focus();
  announce(element("reopened").textContent);
  return false;
}

async function signOut() {
  clearProblem();
  const { problem } = await call("DELETE", "/auth/session");
  // Signed out elsewhere already, which is what the person wanted.
  if (!problem || problem.name === "no-session") return goToSignIn("You are signed out.");
  showProblem(sentence(problem));
  return false;
}

function goToSignIn(note) {
  leaveNote(note);
  location.replace("/");
  return true;
}
