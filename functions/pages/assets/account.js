// The account page: who is signed in, since when, what they should know, which browsers get codes, and the way out.

import { call } from "./api.js";
import { announce, clearProblem, element, showProblem, whenSubmitted } from "./form.js";
import { forget, leaveNote } from "./login-request.js";
import { sentence } from "./problems.js";
import { dayAndTime, isolated, phoneNumber, say, sayCount, show, told } from "./words.js";

export function account() {
  if (!told.hasSession) {
    goToSignIn(sentence({ name: "no-session" }));
    return;
  }
  whenSubmitted(element("sign-out"), () => signOut("login.signed-out"));
  whenSubmitted(element("not-me"), () => signOut("login.not-me"));
  whenSubmitted(element("again"), load);
  whenSubmitted(element("lock"), () => choose(true));
  whenSubmitted(element("unlock"), () => choose(false));
  // A page that the browser kept may show a person who has signed out since.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  element("looking").textContent = say("any.busy");
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
  showSession(body);
  return false;
}

function showSession(session) {
  const { name, phone } = session.user;
  show(element("hello"), name ? "account.hello" : "account.signed-in", { name: isolated(name) });
  // A number can get a new owner, whom a name of somebody else greets.
  element("not-me").hidden = !name;
  element("name").textContent = name ?? "";
  element("name").parentElement.hidden = !name;
  element("phone").replaceChildren(phoneNumber(phone));
  showTime(element("since"), session.created_at);
  showTime(element("until"), session.expires_at);
  element("session").hidden = false;
  element("sign-out").hidden = false;
  showNotices(session.security_notices);
  showChoice(session.recognized_only);
}

function showTime(time, epochSeconds) {
  time.dateTime = new Date(epochSeconds * 1000).toISOString();
  time.textContent = dayAndTime(epochSeconds);
}

/** Most of what is told here is the person's own doing, so each sentence says that first. */
function showNotices({ wrong_codes: wrongCodes, new_browsers: newBrowsers, locked }) {
  const heard = [];
  const tell = (id, sentence) => {
    element(id).textContent = sentence;
    element(id).hidden = false;
    heard.push(sentence);
  };
  if (wrongCodes > 0) tell("wrong-codes", sayCount("account.wrong-codes", wrongCodes));
  if (newBrowsers > 0) tell("new-browsers", sayCount("account.new-browsers", newBrowsers));
  if (locked) tell("locked", element("locked").textContent);
  element("once-more").hidden = !locked;
  element("notices").hidden = heard.length === 0;
  announce(heard.join(" "));
}

function showChoice(recognizedOnly) {
  element("browsers-any").hidden = recognizedOnly;
  element("browsers-only").hidden = !recognizedOnly;
  element("lock").hidden = recognizedOnly;
  element("unlock").hidden = !recognizedOnly;
  element("browsers").hidden = false;
}

/** Lets browsers that signed in before alone have codes, or every browser. */
async function choose(recognizedOnly) {
  element("browsers-problem").textContent = "";
  const { problem } = await call("POST", recognizedOnly ? "/auth/lock" : "/auth/unlock");
  if (problem?.name === "no-session") return goToSignIn(sentence(problem));
  if (problem) {
    element("browsers-problem").textContent = sentence(problem);
    return false;
  }
  showChoice(recognizedOnly);
  // The button that had the focus is gone.
  element("browsers-title").focus();
  announce(recognizedOnly ? element("browsers-only").textContent : say("account.unlocked"));
  return false;
}

async function signOut(note) {
  clearProblem();
  const { problem } = await call("DELETE", "/auth/session");
  // Signed out elsewhere already, which is what the person wanted.
  if (!problem || problem.name === "no-session") return goToSignIn(say(note));
  showProblem(sentence(problem));
  return false;
}

function goToSignIn(note) {
  forget();
  leaveNote(note);
  location.replace("/");
  return true;
}
