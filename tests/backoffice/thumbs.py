"""How large the area is in which a finger hits a control.

It is probed, not computed: what lies above takes from it, and what was put around adds to it.
"""

from typing import Any, Final

SMALL: Final = r"""within => {
  const least = 44, small = [];
  const controls = 'a[href], button, input, select, textarea, summary, [role=button], [x-on\\:click]';
  const stands_in_text = node => getComputedStyle(node).display === 'inline' &&
    [...node.parentElement.childNodes].some(other => other.nodeType === 3 && other.textContent.trim());
  const hits = (node, x, y) => {
    const at = document.elementFromPoint(x, y);
    return at && (node.contains(at) || at.closest('label')?.control === node);
  };
  const reach = (node, x, y, dx, dy) => {
    let far = 0;
    while (far < least && hits(node, x + dx * (far + 1), y + dy * (far + 1))) far++;
    return far;
  };
  for (const node of document.querySelector(within).querySelectorAll(controls)) {
    if (node.disabled || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (stands_in_text(node)) continue;
    node.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = node.getBoundingClientRect();
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    if (!box.width || !hits(node, x, y)) continue;
    const wide = reach(node, x, y, -1, 0) + reach(node, x, y, 1, 0) + 1;
    const high = reach(node, x, y, 0, -1) + reach(node, x, y, 0, 1) + 1;
    if (wide < least - 1 || high < least - 1)
      small.push(`${node.outerHTML.slice(0, 120).replace(/\s+/g, ' ')}: ${wide} × ${high}`);
  }
  return small;
}"""


def too_small(page: Any, within: str = "body") -> list[str]:
    """The controls that can be hit in less than 44 × 44 px, a pixel of rounding apart."""
    found: list[str] = page.evaluate(SMALL, within)
    return found
