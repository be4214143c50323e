// How every form behaves: one call at a time, a button that says what is going on, and an error that is
// seen, heard and stands where the eye is.

export function element(id) {
  return document.getElementById(id);
}

/**
 * Runs `work` at each submit, and ignores further ones while it runs. `work` gives true when the page is
 * being left: then the button stays busy, so that nobody sends again while the next page loads.
 */
export function whenSubmitted(form, work) {
  const button = form.querySelector("button[type=submit]");
  const label = [...button.childNodes];
  const rest = () => {
    if (!button.ariaBusy) return;
    button.ariaBusy = null;
    button.replaceChildren(...label);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.ariaBusy) return;
    // Not `disabled`: that would take the focus away from a person who navigates by keyboard.
    button.ariaBusy = "true";
    button.textContent = button.dataset.busy;
    let leaving = false;
    try {
      leaving = await work();
    } finally {
      if (!leaving) rest();
    }
  });
  // The browser may bring the page back from its memory as it was left: busy.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) rest();
  });
  // The buttons are disabled in the page itself, so that no form is sent before this script is there.
  button.disabled = false;
}

/** Says what is wrong; with a field, marks it and moves there. */
export function showProblem(sentence, field) {
  const problem = element("problem");
  problem.textContent = sentence;
  // The place keeps its height when the sentence goes, so that nothing below moves under a finger.
  const place = problem.parentElement;
  place.style.minHeight = `${place.getBoundingClientRect().height}px`;
  if (!field) return;
  field.ariaInvalid = "true";
  field.focus({ preventScroll: true });
  field.select();
  // With a keyboard open there is room for the sentence, the field and the button, and for little else.
  field.form.querySelector("button[type=submit]").scrollIntoView({ block: "nearest" });
  place.scrollIntoView({ block: "nearest" });
}

export function clearProblem(field) {
  element("problem").textContent = "";
  if (field) field.ariaInvalid = null;
}

/** The form cannot go on: only the way back to the start is left. Without a title the page has one for it. */
export function showOver(sentence, title = element("over-title").textContent) {
  element("over-title").textContent = title;
  element("over-sentence").textContent = sentence;
  element("asking").hidden = true;
  element("over").hidden = false;
  element("over-title").focus();
}

/** Tells a screen reader what is seen anyway. */
export function announce(sentence) {
  element("announcement").textContent = sentence;
}
