// What is wrong with the page as it is shown now, each in a sentence: an expression that gives a list.
(() => {
  const complaints = []
  const expect = (holds, complaint) => holds || complaints.push(complaint)
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const all = (selector) => [...document.querySelectorAll(selector)]
  const name = (element) => element.outerHTML.slice(0, 120)

  expect(document.documentElement.lang, 'the page has no language')
  expect(document.title, 'the page has no title')
  expect(all('h1').length === 1, `there are ${all('h1').length} h1`)
  expect(all('main').length === 1, `there are ${all('main').length} main`)
  const { scrollWidth, clientWidth } = document.documentElement
  expect(scrollWidth <= clientWidth, `the page is ${scrollWidth} wide, the window ${clientWidth}`)
  const ids = all('[id]').map((element) => element.id)
  expect(new Set(ids).size === ids.length, `an id is there twice: ${ids}`)
  for (const field of all('input:not([type=hidden]), select, textarea')) {
    expect(!shown(field) || [...(field.labels ?? [])].some(shown) || field.ariaLabel, `no label belongs to ${name(field)}`)
  }
  for (const described of all('[aria-describedby], [aria-labelledby]')) {
    const of = (attribute) => (described.getAttribute(attribute) ?? '').split(' ').filter(Boolean)
    for (const id of [...of('aria-describedby'), ...of('aria-labelledby')]) {
      expect(document.getElementById(id), `${id} is named and not there: ${name(described)}`)
    }
  }

  // WCAG 2.2, 2.5.8: what is pressed is 24 pixels high and wide, unless it is a word in a sentence. What Tab never comes to
  // is there for password managers.
  for (const target of all('button, summary, input:not([type=hidden], [tabindex="-1"]), a')) {
    const pressed = target.matches('input[type=checkbox], input[type=radio]') ? target.labels[0] ?? target : target
    const { width, height } = pressed.getBoundingClientRect()
    const inSentence = target.tagName === 'A' && getComputedStyle(target).display === 'inline'
    const large = inSentence || (width >= 24 && height >= 24)
    expect(!shown(target) || large || !width, `${width} x ${height} is small: ${name(target)}`)
  }

  // 1.4.3: text stands out from what is behind it.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = colour
    context.fillRect(0, 0, 1, 1)
    return [...context.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => (part * a + below[at] * (255 - a)) / 255)
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const behind = (element) => {
    const layers = []
    for (let at = element; at; at = at.parentElement) {
      layers.push(rgba(getComputedStyle(at).backgroundColor))
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), dark ? [18, 18, 18] : [255, 255, 255])
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    const text = texts.currentNode.data.trim()
    const { color, fontSize, fontWeight } = getComputedStyle(element)
    const { bottom, right } = element.getBoundingClientRect()
    // What stands left of or above the page is there for screen readers, and the way past the header until it has the focus.
    if (!text || !shown(element) || element.closest('[disabled], script, style') || bottom <= 0 || right <= 0) continue
    const ground = behind(element)
    const [one, other] = [luminance(over(rgba(color), ground)), luminance(ground)].sort((one, other) => other - one)
    const ratio = (one + 0.05) / (other + 0.05)
    const size = parseFloat(fontSize)
    const needed = size >= 24 || (size >= 18.66 && fontWeight >= 700) ? 3 : 4.5
    expect(ratio >= needed, `contrast ${ratio.toFixed(2)} in ${dark ? 'dark' : 'light'}: ${text.slice(0, 60)}`)
  }
  return complaints
})()
