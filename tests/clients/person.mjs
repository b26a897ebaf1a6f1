// A person with a browser that runs no script: follows redirects, keeps cookies, fills in forms and presses buttons.

import { parse } from 'parse5'

export class Person {
  #cookies = new Map()

  // `away` is where the application waits for its answer; the browser is not sent there.
  constructor(away) {
    this.away = away
  }

  // Opens a URL. Gives the page where the browser ends up, or the URL that was meant for the application.
  async open(url, form) {
    let next = new URL(url)
    for (let step = 0; step < 10; step++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, ...(form && { origin: next.origin, 'sec-fetch-site': 'same-origin' }) }
      const answer = await fetch(next, { redirect: 'manual', headers, method: form ? 'POST' : 'GET', body: form })
      for (const set of answer.headers.getSetCookie()) {
        const [name, value] = set.split(';')[0].split('=')
        value && !/max-age=0/i.test(set) ? this.#cookies.set(name, value) : this.#cookies.delete(name)
      }
      const location = answer.headers.get('location')
      if (!location) {
        return { url: next, status: answer.status, forms: formsOf(await answer.text()) }
      }
      next = new URL(location, next)
      // The part after # is the browser's own; no server ever sees it.
      next.hash = ''
      form = undefined
      if (next.href.startsWith(this.away)) {
        return { answer: next }
      }
    }
    throw new Error(`too many redirects, at last to ${next}`)
  }

  // Fills in the form whose action ends with this path and presses the button with this value, or the first one.
  async submit(page, action, typed, pressed) {
    const form = page.forms?.find((form) => new URL(form.action, page.url).pathname.endsWith(action))
    if (!form) {
      throw new Error(`no form for ${action} at ${page.url ?? page.answer}`)
    }
    const button = form.buttons.find((button) => pressed === undefined || button.value === pressed)
    const fields = form.fields.filter(([name]) => !(name in typed)).concat(Object.entries(typed))
    if (button.name) {
      fields.push([button.name, button.value])
    }
    return this.open(new URL(form.action, page.url), new URLSearchParams(fields))
  }
}

// The forms of a page: the fields that a browser would send as they are, and the buttons.
function formsOf(html) {
  const forms = []
  const walk = (node, form) => {
    const attributes = Object.fromEntries((node.attrs ?? []).map(({ name, value }) => [name, value]))
    const { name, type = 'text', value } = attributes
    if (node.tagName === 'form') {
      form = { action: attributes.action ?? '', fields: [], buttons: [] }
      forms.push(form)
    } else if (form && node.tagName === 'input' && (type !== 'checkbox' || 'checked' in attributes)) {
      form.fields.push([name, value ?? (type === 'checkbox' ? 'on' : '')])
    } else if (form && node.tagName === 'button') {
      form.buttons.push({ name, value })
    }
    node.childNodes?.forEach((child) => walk(child, form))
  }
  walk(parse(html))
  return forms
}
