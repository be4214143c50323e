// The sign-in page: one number, one message.

import { call } from "./api.js";
import { announce, clearProblem, element, showProblem, whenSubmitted } from "./form.js";
import { keep, kept, takeNote } from "./login-request.js";
import { describe } from "./phone.js";
import { sentence } from "./problems.js";
import { masked } from "./words.js";

const ABOUT_THE_NUMBER = ["invalid-phone", "unsupported-number"];
const PAUSE = 900;

const phone = element("phone");
const reading = element("reading");
const hint = reading.textContent;
let speaking;

start();

function start() {
  element("note").textContent = takeNote() ?? "";
  phone.addEventListener("input", () => {
    clearProblem(phone);
    showReading();
    // Said only when the typing pauses; after each key it would drown the keys themselves.
    clearTimeout(speaking);
    speaking = setTimeout(() => announce(phone.value.trim() === "" ? "" : reading.textContent), PAUSE);
  });
  // On the way back to this page the browser fills the field, and a code may be on its way already.
  window.addEventListener("pageshow", () => {
    showReading();
    offerCodePage();
  });
  whenSubmitted(element("login"), login);
  offerAccount();
  // On a touch screen the keyboard would hide what is said about the message.
  if (matchMedia("(pointer: fine)").matches) phone.focus();
}

async function login() {
  clearProblem(phone);
  clearTimeout(speaking);
  if (phone.value.trim() === "") {
    showProblem("Type your mobile number first.", phone);
    return false;
  }
  const { body, problem } = await call("POST", "/auth/login", { phone: phone.value });
  if (problem) {
    showProblem(sentence(problem), ABOUT_THE_NUMBER.includes(problem.name) ? phone : undefined);
    return false;
  }
  keep(body);
  location.assign("/code");
  return true;
}

function showReading() {
  const number = describe(phone.value);
  if (number === null) {
    reading.textContent = hint;
    return;
  }
  const shown = document.createElement("strong");
  shown.textContent = number.shown;
  reading.replaceChildren("Read as ", shown, ".");
}

/** A person who came back by mistake finds the way on to the code that was sent. */
function offerCodePage() {
  const request = kept();
  if (!request?.sentTo || request.expiresAt < Date.now()) return;
  element("sent-before-to").replaceChildren(masked(request.sentTo));
  element("sent-before").hidden = false;
}

/** Runs beside the form, which is usable at once: a person who is not signed in does not wait. */
async function offerAccount() {
  const { body } = await call("GET", "/auth/session");
  if (!body?.user) return;
  element("signed-in-name").textContent = body.user.name ? ` as ${body.user.name}` : "";
  element("signed-in").hidden = false;
}
