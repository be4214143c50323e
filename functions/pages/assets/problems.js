// One sentence for each problem: what happened, and what to do next.

import { plural, waitInWords } from "./words.js";

/** Keyed by the name at the end of a problem's `type`; `{wait}` and `{tries}` are filled in by `sentence`. */
export const SENTENCES = {
  // The form.
  "invalid-phone": "This is not a phone number we can read. Check the digits, and begin with + and the country code if the number is from another country.",
  "unsupported-number": "We cannot send a code to this number. Use a mobile number from a country that this service works in.",
  "invalid-code": "This does not look like a code. Type the digits from the newest message.",
  "wrong-code": "That code is not right. {tries}Type the code from the newest message.",
  "invalid-name": "This name is too long, or has signs that cannot be shown. Use up to 64 characters, or leave it empty.",

  // The way through.
  "no-login-request": "There is no sign-in under way in this browser, or it took too long. Start again with your number.",
  "login-request-over": "The code ran out, was used or tried too often, or was asked for in another browser. Start again with your number.",
  "not-verified": "Your phone number has to be confirmed first, and that lasts a few minutes only. Start again with your number.",
  "registration-closed": "The code is right, but there is no account for this number, and new ones cannot be made here. If you have an account, start again with its number.",
  "no-session": "You are not signed in. Type your number to sign in.",
  "sign-in-again": "For this you must have signed in within the last twenty minutes. Sign out, sign in again, then try once more.",
  "too-many-requests": "It is too early for another code from here. Try again in {wait}.",

  // The service, and the way to it.
  "unavailable": "The service cannot answer just now. Try again in {wait}.",
  "internal": "Something went wrong on our side. Try again; if it stays, come back later.",
  "network": "The service cannot be reached. Check your connection, then try again.",
  "unreadable": "The answer could not be read, perhaps because a network asks you to sign in to it first. Check your connection, then try again.",

  // What these pages never cause by themselves: an old page, or something between it and the service.
  "invalid-request": "The service did not understand this page. Load the page again, then try once more.",
  "forbidden-origin": "The service does not take sign-ins from this address. Open the page at its own address, then try again.",
  "not-found": "The service does not know this step. Load the page again, then try once more.",
  "method-not-allowed": "The service does not know this step. Load the page again, then try once more.",
  "body-too-large": "That is too long. Make it shorter, then try again.",
  "unsupported-media-type": "The service did not understand this page. Load the page again, then try once more.",
};

/** The sentence for a problem that `call` returned. */
export function sentence(problem) {
  const text = SENTENCES[problem.name] ?? SENTENCES.internal;
  const wait = problem.retryAfter === undefined ? "a moment" : waitInWords(problem.retryAfter);
  const tries = problem.attemptsLeft === undefined ? "" : `You have ${plural(problem.attemptsLeft, "try", "tries")} left. `;
  return text.replace("{wait}", wait).replace("{tries}", tries);
}
