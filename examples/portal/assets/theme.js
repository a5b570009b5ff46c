// The theme editor: what is changed is set on the page at once, and printed as the CSS to copy.
"use strict";

const form = document.getElementById("theme");
const css = document.getElementById("css");
const said = document.getElementById("said");
const controls = [...form.elements].filter((control) => control.name);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
for (const control of controls) if (dark && control.dataset.dark) control.defaultValue = control.dataset.dark;
const start = new Map(controls.map((control) => [control, control.value]));

function show() {
  const root = document.documentElement.style;
  const lines = [];
  for (const control of controls) {
    if (control.value === start.get(control)) {
      root.removeProperty(control.name);
      continue;
    }
    const value = control.value + (control.dataset.unit ?? "");
    root.setProperty(control.name, value);
    lines.push(`  ${control.name}: ${value};`);
  }
  css.value = lines.length ? `:root {\n${lines.join("\n")}\n}\n` : "/* Nothing is changed yet. */\n";
  said.textContent = "";
}

form.addEventListener("input", show);
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(css.value);
    said.textContent = "Copied.";
  } catch {
    css.select();
    said.textContent = "Selected: copy it by keyboard.";
  }
});
show();
