"""Names for those who hear the panel: ipywidgets shows a slider's label, but gives its handle none."""

NAMING = """(() => {
  if (window.simlibNaming) return;
  const named = () => {
    for (const row of document.querySelectorAll('.simlib-panel .widget-slider')) {
      const label = row.querySelector('.widget-label').textContent;
      for (const handle of row.querySelectorAll('[role=slider]')) handle.setAttribute('aria-label', label);
      for (const box of row.querySelectorAll('.widget-readout')) {
        box.setAttribute('role', 'textbox');
        box.setAttribute('aria-label', label);
      }
    }
    for (const one of document.querySelectorAll('.simlib-panel [title="null"]')) one.removeAttribute('title');
  };
  let waits = false;
  window.simlibNaming = new MutationObserver(() => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; named(); });
  });
  window.simlibNaming.observe(document.body, {childList: true, subtree: true});
  named();
})();"""
"""Gives handle and figure of every slider, now and later, its label's text; no hint says “null”."""
