// What a tab remembers, until it is closed or somebody signs in: the number as it was typed in it, and what the service
// answered. Nothing secret; the request itself is a cookie that no script can read. No other tab sees it.

const REQUEST = "doorcode.login-request";
const TYPED = "doorcode.typed";
const NOTE = "doorcode.note";

/** Keeps what a 202 says, and what was kept of a number that the answer does not repeat. */
export function keep(answer, before) {
  const now = Date.now();
  write(REQUEST, {
    login: answer.login,
    number: answer.number ?? before?.number,
    sentTo: answer.sent_to,
    codeRequests: answer.code_requests ?? (before?.codeRequests ?? 0) + 1,
    requested: answer.requested ?? true,
    // Delays are seconds from now; instants are of this browser's own clock.
    expiresAt: now + answer.expires_in * 1000,
    resendAt: now + answer.resend_in * 1000,
    expiresIn: answer.expires_in,
    resendIn: answer.resend_in,
  });
}

/** What was kept, or null in a tab that requested no code. */
export function kept() {
  return read(REQUEST);
}

/** A 429 can name a longer delay than the one that was kept. */
export function keepWait(seconds) {
  write(REQUEST, { ...kept(), resendAt: Date.now() + seconds * 1000, resendIn: seconds });
}

/** Seconds until a code can be requested; never more than the service said, even if the clock was set back. */
export function secondsToWait() {
  const { resendAt = 0, resendIn = 0 } = kept() ?? {};
  return Math.min(resendIn, Math.max(0, Math.ceil((resendAt - Date.now()) / 1000)));
}

/** Whether the newest code has run out, by this browser's clock. */
export function isRunOut() {
  const request = kept();
  return Boolean(request) && Date.now() >= request.expiresAt;
}

/** The request is over. What was typed stays for the next one. */
export function forgetRequest() {
  remove(REQUEST);
}

/** Nothing of the request is left: somebody signed in, or this number leads nowhere. */
export function forget() {
  remove(REQUEST);
  remove(TYPED);
}

/** Keeps what is in the field: `{ text, country }`. */
export function keepTyped(typed) {
  write(TYPED, typed);
}

export function keptTyped() {
  return read(TYPED);
}

/** Leaves a sentence for the sign-in page to say once. */
export function leaveNote(sentence) {
  write(NOTE, sentence);
}

export function takeNote() {
  const sentence = read(NOTE);
  remove(NOTE);
  return sentence;
}

// A browser may forbid storage; then the pages work as in a tab that requested no code.

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {}
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function remove(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {}
}
