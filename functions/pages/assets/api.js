// The one place that talks to the API. A call never throws: it gives the answer, or a problem with a name
// that `problems.js` has a sentence for.

const LONGEST_WAIT = 20_000;
const PROBLEM_TYPE = "urn:doorcode:problem:";

/**
 * Gives `{ body }` after a success (`body` is null where there is none), else
 * `{ problem: { name, reason?, country?, retryAfter?, attemptsLeft? } }`.
 */
export async function call(method, path, body) {
  let response;
  let text;
  try {
    response = await fetch(path, request(method, body));
    text = await response.text();
  } catch {
    // No connection, no answer in time, or a redirect to somebody else.
    return { problem: { name: "network" } };
  }
  const answer = parsed(text);
  if (!response.ok) return { problem: problemOf(response, answer) };
  if (response.status !== 204 && answer === null) return { problem: { name: "unreadable" } };
  return { body: answer };
}

function request(method, body) {
  const options = {
    method,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    // The text message is in the language of the page, which may be another than the browser's.
    headers: { accept: "application/json", "accept-language": document.documentElement.lang },
    signal: AbortSignal.timeout?.(LONGEST_WAIT),
  };
  if (method === "POST") {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  return options;
}

/** The object that the text holds, or null: a page of a hotel's network is not an answer. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function problemOf(response, answer) {
  return {
    name: nameOf(response.status, answer),
    // Of a number that cannot be used.
    reason: answer?.reason,
    country: answer?.country,
    retryAfter: count(answer?.retry_after) ?? count(response.headers.get("retry-after")),
    attemptsLeft: count(answer?.attempts_left),
  };
}

/** Answers that are not ours come from API Gateway, which has no problem types: there the status tells. */
function nameOf(status, answer) {
  const type = answer?.type;
  if (typeof type === "string" && type.startsWith(PROBLEM_TYPE)) return type.slice(PROBLEM_TYPE.length);
  if (status === 429) return "too-many-requests";
  return status >= 500 ? "unavailable" : "unreadable";
}

function count(value) {
  return /^\d{1,9}$/.test(String(value)) ? Number(value) : undefined;
}
