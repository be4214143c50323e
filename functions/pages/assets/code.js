// The code page: the code from the message, or a new message.

import { call } from "./api.js";
import { announce, clearProblem, element, showOver, showProblem, whenSubmitted } from "./form.js";
import { forget, keep, keepWait, kept } from "./login-request.js";
import { sentence } from "./problems.js";
import { plainText } from "./typed.js";
import { countdown, masked, waitInWords } from "./words.js";

const ABOUT_THE_CODE = ["invalid-code", "wrong-code"];
const OVER = ["login-request-over", "no-login-request", "registration-closed"];

const code = element("code");
const resendButton = element("resend").querySelector("button");
let listening = new AbortController();
let toldRunOut = false;

start();

function start() {
  showSent();
  whenSubmitted(element("verify"), verify);
  whenSubmitted(element("resend"), resend);
  code.addEventListener("input", () => clearProblem(code));
  code.addEventListener("paste", pasteMessage);
  window.addEventListener("pagehide", () => listening.abort());
  showTimes();
  setInterval(showTimes, 1000);
  listen();
}

async function verify() {
  listening.abort();
  clearProblem(code);
  // Typed and pasted with spaces and hyphens.
  const typed = plainText(code.value).replace(/[\s\p{Pd}]/gu, "");
  if (!/^\d+$/.test(typed)) {
    showProblem("Type the code from the message: it has digits only.", code);
    return false;
  }
  const { body, problem } = await call("POST", "/auth/code", { code: typed });
  if (!problem) {
    if (body.next !== "register") forget();
    // Back must not lead to a code that is used up.
    location.replace(body.next === "register" ? "/register" : "/account");
    return true;
  }
  if (OVER.includes(problem.name) || problem.attemptsLeft === 0) {
    end(problem);
  } else {
    showProblem(sentence(problem), ABOUT_THE_CODE.includes(problem.name) ? code : undefined);
  }
  return false;
}

async function resend() {
  clearProblem(code);
  const seconds = secondsToWait();
  if (seconds > 0) {
    announce(`You can send a new code in ${waitInWords(seconds)}.`);
    return false;
  }
  const { body, problem } = await call("POST", "/auth/login/resend");
  if (!problem) {
    keep(body);
    toldRunOut = false;
    code.value = "";
    code.focus();
    showSent();
    announce("A new code is on its way. The one before no longer works.");
    listen();
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
  forget();
  const said = problem.name === "wrong-code"
    ? "That was the last try for this sign-in. Start again with your number to get a new code."
    : sentence(problem);
  showOver(said, problem.name === "registration-closed" ? "No account for this number" : undefined);
}

/** Without a start in this tab the page still works, as the cookie decides; it just cannot name the number. */
function showSent() {
  const request = kept();
  if (!request?.sentTo) return;
  element("sent").replaceChildren("Sent to ", masked(request.sentTo), ".");
}

function secondsToWait() {
  const resendAt = kept()?.resendAt ?? 0;
  return Math.max(0, Math.ceil((resendAt - Date.now()) / 1000));
}

function showTimes() {
  showWait();
  showRunOut();
}

function showWait() {
  const seconds = secondsToWait();
  const waited = resendButton.ariaDisabled === "true";
  resendButton.ariaDisabled = seconds > 0 ? "true" : null;
  element("wait").textContent = seconds > 0 ? `in ${countdown(seconds)}` : "";
  // Not where there is no request any more: it ended, and nothing can be sent.
  if (waited && seconds === 0 && kept()) announce("You can send a new code now.");
}

/** Said once for each code, before an attempt is used on it. */
function showRunOut() {
  const expiresAt = kept()?.expiresAt;
  if (toldRunOut || !expiresAt || Date.now() < expiresAt) return;
  toldRunOut = true;
  showProblem("The code has run out. Send a new one.");
}

/** Who pastes the whole message means the code at its end. */
function pasteMessage(event) {
  const [, digits] = /@\S+ #(\d+)\s*$/.exec(event.clipboardData.getData("text")) ?? [];
  if (!digits) return;
  event.preventDefault();
  code.value = digits;
  clearProblem(code);
}

/** Where the browser can read the message for the person (WebOTP), it asks them, and types the code in. */
async function listen() {
  listening.abort();
  if (!("OTPCredential" in window) || window.top !== window) return;
  listening = new AbortController();
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: listening.signal });
    if (!credential?.code) return;
    code.value = credential.code;
    element("verify").requestSubmit();
  } catch {
    // Declined, aborted, or no message came: the field is there.
  }
}
