// The registration page: a confirmed number becomes an account.

import { call } from "./api.js";
import { clearProblem, element, showOver, showProblem, whenSubmitted } from "./form.js";
import { forget, forgetRequest, kept } from "./login-request.js";
import { sentence } from "./problems.js";
import { phoneNumber, show } from "./words.js";

export function register() {
  const name = element("name");
  const request = kept();
  const number = request?.number ?? request?.sentTo;
  if (number) show(element("confirmed"), "register.confirmed", { number: phoneNumber(number) });
  name.addEventListener("input", () => clearProblem(name));
  whenSubmitted(element("register"), () => createAccount(name));
}

async function createAccount(name) {
  clearProblem(name);
  const typed = name.value.trim();
  const { problem } = await call("POST", "/auth/register", typed === "" ? {} : { name: typed });
  if (!problem) {
    forget();
    location.replace("/account");
    return true;
  }
  if (problem.name === "not-verified") {
    forgetRequest();
    showOver(sentence(problem));
  } else {
    showProblem(sentence(problem), problem.name === "invalid-name" ? name : undefined);
  }
  return false;
}
