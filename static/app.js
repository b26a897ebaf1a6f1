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

// "Copy" beside what others may ask for, and beside what stays masked while it is copied.
const addCopy = (place, text, what) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = what;
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent.trim());
      told.textContent = "Copied";
    } catch {
      told.textContent = "Copy it by hand";
    }
  });
  place.after(" ", button, " ", told);
};
for (const text of document.querySelectorAll(".copy")) addCopy(text, text, "Copy");
for (const place of document.querySelectorAll("[data-copy]")) {
  addCopy(place, document.getElementById(place.dataset.copy), place.dataset.words ?? "Copy");
}

// Another page of this site, or nothing if the session is over or the site is out of reach.
const fetched = async (url, options) => {
  const answer = await fetch(url, { headers: { accept: "text/html" }, ...options }).catch(() => null);
  if (!answer || new URL(answer.url).pathname.endsWith("/login")) return null;
  return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
};

// The part of the page that changes, from the page as it would be now; what was asked for last counts.
let asked = 0;
const renew = async (url) => {
  const turn = ++asked;
  const found = await fetched(url);
  if (turn !== asked) return false;
  const [old, part] = [document, found?.page].map((page) => page?.querySelector("[data-part]"));
  if (old && part) old.replaceWith(part);
  return Boolean(part);
};

// Lists follow what is typed into their search.
for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = [...new FormData(form)].filter(([, value]) => value);
      const url = `${location.pathname}?${new URLSearchParams(typed)}`;
      if (await renew(url)) history.replaceState(null, "", url);
    }, 250);
  });
}

// What is being watched is looked at again by itself, for ten minutes: a page that nobody looks at keeps no session alive. What
// cannot be looked at again is not shown as if it were so.
for (const part of document.querySelectorAll("[data-refresh]")) {
  const seconds = Number(part.dataset.refresh);
  let left = 600 / seconds;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    if (left-- <= 0) clearInterval(timer);
    else if (!(await renew(location.href))) location.reload();
  }, seconds * 1000);
}

// What makes a secret is sent once: the answer to a second time would take the place of the only one that shows it.
for (const field of document.querySelectorAll("input[name=once]")) {
  let sent = false;
  field.form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
}

// A question is asked in a dialog over the page that it came from; without a script it is a page of its own.
const ask = (question, from) => {
  const dialog = document.createElement("dialog");
  const [title, form] = [question.querySelector("h1"), question.querySelector("main form")];
  if (!form) return false;
  const heading = document.createElement("h2");
  heading.id = "question";
  heading.append(...title.childNodes);
  dialog.setAttribute("aria-labelledby", "question");
  const problem = question.querySelector("main .alert.bad");
  dialog.append(heading, ...(problem ? [problem] : []), form);
  form.action = from;
  form.querySelector("[data-close]")?.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    const body = new URLSearchParams(new FormData(form));
    const sent = await fetched(from, { method: "POST", body });
    if (!sent) return form.submit();
    dialog.close();
    if (sent.answer.ok) {
      await settle(sent);
    } else if (!ask(sent.page, from)) {
      // There is no question to show again, only what went wrong.
      document.querySelector("main").replaceWith(sent.page.querySelector("main"));
    }
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  // Whoever presses Enter once more does nothing by it.
  form.querySelector("[data-close]")?.focus();
  return true;
};

// After something was done: in a list its row alone is exchanged, and what was done is said; elsewhere the page that follows is shown.
const settle = async ({ answer, page }) => {
  const row = document.querySelector("tr[data-asked]");
  const found = row?.id && row.closest("[data-part]") ? await fetched(location.href) : null;
  const now = found?.answer.ok ? found.page : null;
  if (!now) {
    location.assign(answer.url);
    return;
  }
  const fresh = now.getElementById(row.id);
  if (fresh) {
    row.replaceWith(fresh);
    fresh.querySelector("a, button")?.focus();
  } else {
    row.remove();
  }
  const told = page.querySelector("main [role=status]");
  if (told) {
    document.querySelector("main > [role=status]")?.remove();
    document.querySelector("main .head").after(told);
  }
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.querySelector("tr[data-asked]")?.removeAttribute("data-asked");
  link.closest("tr")?.setAttribute("data-asked", "");
  const found = await fetched(link.href);
  if (!found?.answer.ok || !ask(found.page, link.href)) location.assign(link.href);
});
