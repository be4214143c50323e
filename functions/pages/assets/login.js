// The sign-in page: one number, one message.

import { call } from "./api.js";
import { keepsCookies } from "./cookies.js";
import { chosenCountry, exampleNumber, offerCountries } from "./countries.js";
import { announce, clearProblem, element, showProblem, whenSubmitted } from "./form.js";
import { isRunOut, keep, keepTyped, kept, keptTyped, takeNote } from "./login-request.js";
import { describe } from "./phone.js";
import { sentence } from "./problems.js";
import { countryName, isolated, phoneNumber, say, show, told } from "./words.js";

const ABOUT_THE_NUMBER = ["invalid-phone", "unsupported-number"];
const PAUSE = 900;

let speaking;

export function login() {
  const phone = element("phone");
  const before = keptTyped();
  offerCountries(before?.country);
  if (before) phone.value = before.text;
  element("note").textContent = takeNote() ?? "";
  phone.addEventListener("input", () => {
    clearProblem(phone);
    showReading(phone);
    keepTyped({ text: phone.value, country: chosenCountry() });
    // Said only when the typing pauses; after each key it would drown the keys themselves.
    clearTimeout(speaking);
    speaking = setTimeout(() => announce(phone.value.trim() === "" ? "" : element("reading").textContent), PAUSE);
  });
  element("country").addEventListener("change", () => {
    clearProblem(phone);
    showReading(phone);
    keepTyped({ text: phone.value, country: chosenCountry() });
  });
  // On the way back to this page the browser fills the field, and a code may be on its way already.
  window.addEventListener("pageshow", () => {
    showReading(phone);
    offerCodePage();
  });
  whenSubmitted(element("login"), () => requestCode(phone));
  if (told.hasSession) offerAccount();
  // On a touch screen the keyboard would hide what is said about the message.
  if (matchMedia("(pointer: fine)").matches) phone.focus();
}

async function requestCode(phone) {
  clearProblem(phone);
  clearTimeout(speaking);
  const typed = phone.value.trim();
  if (typed === "") {
    showProblem(sentence({ name: "invalid-phone", reason: "empty" }), phone);
    return false;
  }
  if (!keepsCookies()) {
    showProblem(say("login.cookies"));
    return false;
  }
  const country = chosenCountry();
  const { body, problem } = await call("POST", "/auth/login", { phone: typed, country });
  if (problem) {
    showProblem(sentence(problem, exampleNumber()), ABOUT_THE_NUMBER.includes(problem.name) ? phone : undefined);
    return false;
  }
  keepTyped({ text: phone.value, country });
  keep(body, { number: typed, codeRequests: 0 });
  location.assign("/code");
  return true;
}

/** Under the eye while one types: the country, and the number as it is written there. */
function showReading(phone) {
  const reading = element("reading");
  const known = describe(phone.value, chosenCountry() ?? told.country);
  if (known) {
    show(reading, "login.reading", { country: countryName(known.country), number: phoneNumber(known.shown) });
    return;
  }
  const example = exampleNumber();
  if (example) show(reading, "login.example", { number: phoneNumber(example) });
  else reading.textContent = say("login.other-country");
}

/** A person who came back by mistake finds the way on to the code that was asked for. */
function offerCodePage() {
  const request = kept();
  element("asked-before").hidden = !request || isRunOut();
  if (request) show(element("asked-before-for"), "login.asked-before", { number: phoneNumber(request.number ?? request.sentTo) });
}

/** Runs beside the form, which is usable at once: a person who is not signed in does not wait. */
async function offerAccount() {
  const { body } = await call("GET", "/auth/session");
  if (!body?.user) return;
  const { name } = body.user;
  show(element("signed-in-as"), name ? "login.signed-in-as" : "login.signed-in", { name: isolated(name) });
  element("signed-in").hidden = false;
}
