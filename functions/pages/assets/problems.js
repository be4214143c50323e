// The sentence for a problem: what happened, and what to do next.

import { countryName, filled, form, number, told, waitInWords } from "./words.js";

/** Where the service names no wait. */
const USUAL_WAIT = 30;

/** The sentence for a problem that `call` returned. `example` is a number as it should look. */
export function sentence(problem, example) {
  const { name, reason, country, retryAfter, attemptsLeft } = problem;
  const values = {
    wait: waitInWords(retryAfter ?? USUAL_WAIT),
    count: attemptsLeft === undefined ? undefined : number(attemptsLeft),
    country: country && countryName(country),
    example: example && unbroken(example),
  };
  const words = told.problem;
  const counted = attemptsLeft === undefined ? "" : form(words, name, attemptsLeft);
  const choices = [counted, words[`${name}.${reason}`], words[name], words.internal];
  // The most exact sentence that all is known for.
  return choices.filter(Boolean).map((choice) => filled(choice, values)).find((said) => !said.includes("{"));
}

/** On one line, and in its own order among words that run from right to left. */
function unbroken(number) {
  return `\u2066${number.replaceAll(" ", "\u00a0").replaceAll("-", "\u2011")}\u2069`;
}
