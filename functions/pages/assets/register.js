// The registration page: a confirmed number becomes an account.

import { call } from "./api.js";
import { clearProblem, element, showOver, showProblem, whenSubmitted } from "./form.js";
import { forget, kept } from "./login-request.js";
import { sentence } from "./problems.js";
import { masked } from "./words.js";

const name = element("name");

start();

function start() {
  showConfirmed();
  name.addEventListener("input", () => clearProblem(name));
  whenSubmitted(element("register"), register);
}

async function register() {
  clearProblem(name);
  const typed = name.value.trim();
  const { problem } = await call("POST", "/auth/register", typed === "" ? {} : { name: typed });
  if (!problem) {
    forget();
    location.replace("/account");
    return true;
  }
  if (problem.name === "not-verified") {
    forget();
    showOver(sentence(problem));
  } else {
    showProblem(sentence(problem), problem.name === "invalid-name" ? name : undefined);
  }
  return false;
}

function showConfirmed() {
  const request = kept();
  if (!request?.sentTo) return;
  element("confirmed").replaceChildren(masked(request.sentTo), " is confirmed, and it is new here.");
}
