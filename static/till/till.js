// Niceties only: everything works without this file. A second press of a button that counts once is swallowed.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', event => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// The scanner types into whatever has the focus: give it the field that waits for it, where there is a keyboard.
if (matchMedia('(hover: hover)').matches) {
  (document.querySelector('.bad input, input[name="read_out"]') ?? document.querySelector('input[name="q"], input[name="amount"]'))?.focus()
}
