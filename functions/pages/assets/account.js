// The account page: who is signed in, since when, and the way out.

import { call } from "/assets/api.js";
import { clearProblem, element, showProblem, whenSubmitted } from "/assets/form.js";
import { leaveNote } from "/assets/login-request.js";
import { sentence } from "/assets/problems.js";
import { dayAndTime, masked } from "/assets/words.js";

start();

function start() {
  whenSubmitted(element("sign-out"), signOut);
  whenSubmitted(element("again"), load);
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
}

function showTime(time, epochSeconds) {
  time.dateTime = new Date(epochSeconds * 1000).toISOString();
  time.textContent = dayAndTime(epochSeconds);
}

async function signOut() {
  clearProblem();
  const { problem } = await call("DELETE", "/auth/session");
  // Signed out somewhere else already: what was asked for is so.
  if (!problem || problem.name === "no-session") return goToSignIn("You are signed out.");
  showProblem(sentence(problem));
  return false;
}

function goToSignIn(note) {
  leaveNote(note);
  location.replace("/");
  return true;
}
