// Small comforts. Every page works without this file.
"use strict";

// "Show password", named after its field: a checkbox and not a button, so that the first button of a form stays the one that sends it.
for (const field of document.querySelectorAll("input[type=password]")) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
  field.form.addEventListener("submit", () => { field.type = "password"; });
  const label = document.createElement("label");
  label.className = "reveal";
  label.append(box, ` Show ${field.labels[0].textContent.toLowerCase()}`);
  field.after(label);
}

// "Copy" beside what others may ask for.
for (const text of document.querySelectorAll(".copy")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy";
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = "Copied";
    } catch {
      told.textContent = "Copy it by hand";
    }
  });
  text.after(" ", button, " ", told);
}
