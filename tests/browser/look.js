// What is wrong with the way that a page looks on a screen of the given width: a list of sentences.

const [width] = arguments;
const faults = [];

const wide = document.documentElement.scrollWidth;
if (wide > width) faults.push(`it is ${wide} px wide on a screen of ${width} px`);

for (const target of document.querySelectorAll("a, button, input, summary")) {
  const { height } = target.getBoundingClientRect();
  if (isSeen(target) && height < 44) faults.push(`${called(target)} is ${height} px high: too low for a finger`);
}

for (const element of document.body.querySelectorAll("*")) {
  if (!isSeen(element) || !hasOwnText(element)) continue;
  const ratio = contrast(getComputedStyle(element).color, ground(element));
  // WCAG 2.2 AA, for text that is not large.
  if (ratio < 4.5) faults.push(`${called(element)} has a contrast of ${ratio.toFixed(2)}`);
}

// What is wrong is selected, to be typed over.
for (const field of document.querySelectorAll("input")) {
  const { color, backgroundColor } = getComputedStyle(field, "::selection");
  const ratio = contrast(color, backgroundColor);
  if (ratio < 4.5) faults.push(`what is selected in ${called(field)} has a contrast of ${ratio.toFixed(2)}`);
}

return faults;

function isSeen(element) {
  return element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".unseen");
}

function called(element) {
  return `${element.localName} ${JSON.stringify(element.innerText || element.id)}`;
}

function hasOwnText(element) {
  return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
}

function ground(element) {
  const color = getComputedStyle(element).backgroundColor;
  return color === "rgba(0, 0, 0, 0)" && element.parentElement ? ground(element.parentElement) : color;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color) {
  const [red, green, blue] = color.match(/[\d.]+/g).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
