// The code page: the code from the message, or a new message.

import { call } from "./api.js";
import { announce, clearProblem, element, showOver, showProblem, whenSubmitted } from "./form.js";
import { forget, forgetRequest, isRunOut, keep, keepWait, kept, secondsToWait } from "./login-request.js";
import { sentence } from "./problems.js";
import { codeIn, isWhole, typedCode } from "./typed.js";
import { countdown, phoneNumber, say, show, timeOfDay, waitInWords } from "./words.js";

const ABOUT_THE_CODE = ["invalid-code", "wrong-code"];
const OVER = ["login-request-over", "login-request-replaced", "no-login-request", "registration-closed"];
const TITLES = { "login-request-replaced": "code.replaced", "registration-closed": "code.closed" };

let listening = new AbortController();
let toldRunOut = false;
/** What was in the field before the newest change. */
let before = "";

export function code() {
  const field = element("code");
  showAsked();
  whenSubmitted(element("verify"), () => verify(field));
  // The button gets its words back when the work is done, and shows the wait after that.
  whenSubmitted(element("resend"), () => resend(field).finally(() => setTimeout(showTimes)));
  field.addEventListener("input", (event) => takeInput(event, field));
  field.addEventListener("paste", (event) => takePaste(event, field));
  window.addEventListener("pagehide", () => listening.abort());
  showTimes();
  setInterval(showTimes, 1000);
  listen(field);
}

async function verify(field) {
  listening.abort();
  clearProblem(field);
  const typed = typedCode(field.value) ?? codeIn(field.value);
  if (typed === null) {
    showProblem(say("code.digits"), field);
    return false;
  }
  const { body, problem } = await call("POST", "/auth/code", { code: typed, login: kept()?.login });
  if (!problem) {
    if (body.next !== "register") forget();
    // Back must not lead to a code that is used up.
    location.replace(body.next === "register" ? "/register" : "/account");
    return true;
  }
  if (OVER.includes(problem.name) || problem.attemptsLeft === 0) {
    end(problem);
  } else {
    showProblem(sentence(problem), ABOUT_THE_CODE.includes(problem.name) ? field : undefined);
  }
  return false;
}

async function resend(field) {
  clearProblem(field);
  const seconds = secondsToWait();
  if (seconds > 0) {
    announce(say("code.resend-wait", { wait: waitInWords(seconds) }));
    return false;
  }
  const request = kept();
  const { body, problem } = await call("POST", "/auth/login/resend", { login: request?.login });
  if (!problem) {
    keep(body, request);
    toldRunOut = false;
    setCode(field, "");
    field.focus();
    showAsked();
    announce(element("asked").textContent);
    listen(field);
  } else if (OVER.includes(problem.name)) {
    end(problem);
  } else {
    if (problem.name === "too-many-requests") keepWait(problem.retryAfter ?? 30);
    showProblem(sentence(problem));
  }
  showTimes();
  return false;
}

/** The last try, a request that is gone and a number without account end alike: there is nothing more to type here. */
function end(problem) {
  listening.abort();
  const isLastTry = problem.name === "wrong-code";
  const seconds = isLastTry ? secondsToWait() : 0;
  if (problem.name === "registration-closed") forget();
  else forgetRequest();
  const title = TITLES[problem.name];
  showOver(isLastTry ? say("code.over.attempts") : sentence(problem), title && say(title));
  element("over-from").textContent = say("code.over.from", { wait: waitInWords(seconds) });
  element("over-from").hidden = seconds === 0;
}

/** What was asked for, and nothing of what became of it: only the phone knows that. */
function showAsked() {
  const request = kept();
  if (!request?.sentTo) return;
  const { requested, codeRequests, number, sentTo, resendAt } = request;
  const asked = codeRequests > 1 ? "code.asked-again" : "code.asked";
  show(element("asked"), requested ? asked : "code.continued", { number: phoneNumber(number ?? sentTo) });
  element("by").textContent = say("code.help.by", { time: timeOfDay(resendAt) });
}

function showTimes() {
  showWait();
  showRunOut();
}

/** The button itself says when it can be pressed. */
function showWait() {
  const button = element("resend").querySelector("button");
  const seconds = secondsToWait();
  const waited = button.ariaDisabled === "true";
  button.ariaDisabled = seconds > 0 ? "true" : null;
  if (!button.ariaBusy) button.replaceChildren(...resendLabel(seconds));
  // Not where there is no request any more: it ended, and nothing can be sent.
  if (waited && seconds === 0 && kept()) announce(say("code.resend-now"));
}

/** The seconds are for the eye alone: a screen reader on the button would say its name at every tick. */
function resendLabel(seconds) {
  if (seconds === 0) return [say("code.resend")];
  const [heard, seen] = [document.createElement("span"), document.createElement("span")];
  heard.className = "unseen";
  heard.textContent = say("code.resend");
  seen.ariaHidden = "true";
  seen.textContent = say("code.resend-in", { time: countdown(seconds) });
  return [heard, seen];
}

/** Said once for each code, before an attempt is used on it. */
function showRunOut() {
  if (toldRunOut || !isRunOut()) return;
  toldRunOut = true;
  showProblem(say("code.ran-out"));
}

/** A code that comes whole, from a keyboard that read the message or a password manager, needs no press. */
function takeInput(event, field) {
  clearProblem(field);
  const typed = typedCode(field.value) ?? "";
  const added = typed.length - before.length;
  before = typed;
  const isByHand = event.isComposing || /^(?:delete|history)/.test(event.inputType ?? "");
  const came = Math.max(added, (event.data ?? typed).length);
  if (isWhole(typed) && !isByHand && came >= 6) element("verify").requestSubmit();
}

/** Who pastes the whole message, or a part of it, means the code in it. */
function takePaste(event, field) {
  const pasted = codeIn(event.clipboardData.getData("text"));
  if (!pasted) return;
  event.preventDefault();
  clearProblem(field);
  setCode(field, pasted);
  element("verify").requestSubmit();
}

function setCode(field, digits) {
  field.value = digits;
  before = digits;
}

/** Where the browser can read the message for the person (WebOTP), it asks them, and types the code in. */
async function listen(field) {
  listening.abort();
  if (!("OTPCredential" in window) || window.top !== window) return;
  listening = new AbortController();
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: listening.signal });
    if (!credential?.code) return;
    setCode(field, credential.code);
    element("verify").requestSubmit();
  } catch {
    // Declined, aborted, or no message came: the field is there.
  }
}
