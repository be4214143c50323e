// What a tab remembers of the login request under way: the masked number and two times. Never the number,
// and nothing secret; the request itself is a cookie that no script can read.

const REQUEST = "doorcode.login-request";
const NOTE = "doorcode.note";

/** Keeps what a 202 says. Its delays are seconds from now; what is kept are instants of this browser's own clock. */
export function keep(answer) {
  const now = Date.now();
  write(REQUEST, {
    sentTo: answer.sent_to,
    expiresAt: now + answer.expires_in * 1000,
    resendAt: now + answer.resend_in * 1000,
  });
}

/** `{ sentTo, expiresAt, resendAt }`, or null in a tab that requested no code. */
export function kept() {
  return read(REQUEST);
}

/** A 429 can name a longer delay than the one that was kept. */
export function keepWait(seconds) {
  write(REQUEST, { ...kept(), resendAt: Date.now() + seconds * 1000 });
}

export function forget() {
  remove(REQUEST);
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
