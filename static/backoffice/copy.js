// Copies the text a button names by `data-copy`, and says so on the button. Without a script the text is selected by hand.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  } catch {
    // No permission, or no secure connection: the text stays selected.
  }
});
