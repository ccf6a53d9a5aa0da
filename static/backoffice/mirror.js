/* Marks icons which point along the reading direction, so that the stylesheet can mirror them. */
(() => {
  'use strict';

  const DIRECTIONAL = new Set([
    'arrow_back', 'arrow_forward', 'arrow_right', 'arrow_left', 'arrow_right_alt', 'chevron_right',
    'chevron_left', 'navigate_next', 'navigate_before', 'keyboard_arrow_right', 'keyboard_arrow_left',
    'dock_to_right', 'logout', 'login', 'undo', 'redo', 'reply', 'send', 'trending_up', 'trending_down',
    'format_list_bulleted', 'format_list_numbered', 'format_indent_increase', 'format_indent_decrease',
    'filter_list', 'last_page', 'first_page',
  ]);

  const mark = (root) => {
    for (const icon of root.querySelectorAll('.material-symbols-outlined')) {
      if (DIRECTIONAL.has(icon.textContent.trim())) icon.classList.add('reading-way');
    }
  };

  const start = () => {
    mark(document);
    document.body.addEventListener('htmx:afterSettle', (event) => mark(event.target));
  };

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
