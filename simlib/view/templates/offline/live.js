// Draws every chart of the page again as a live one, as wide as the window allows.
(async () => {
  const MOST = 780;  // pixels; lines that are longer are hard to follow
  const figures = [...document.querySelectorAll("figure.chart")];
  if (!figures.length || !window.DecompressionStream) return;
  const packed = Uint8Array.from(atob(document.getElementById("vega").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  const fitted = (spec, natural, room) => {
    const unit = spec.spec ?? spec;
    const across = spec.columns ?? 1;
    if (typeof unit.width !== "number" || spec.facet?.column) return spec;
    const beside = natural - across * unit.width;
    if (natural <= room) {
      unit.width = Math.floor((room - beside) / across);
      return spec;
    }
    unit.width = Math.max(150, room - beside);
    if (across > 1) spec.columns = 1;
    spec.config.legend.columns = 1;
    return spec;
  };
  const rowsOf = (columns) => {
    const named = Object.entries(columns);
    const rows = Array.from({ length: named.length ? named[0][1][1].length : 0 }, () => ({}));
    for (const [key, [values, places]] of named)
      places.forEach((place, row) => { if (place >= 0) rows[row][key] = values[place]; });
    return rows;
  };
  const hinted = (spec) => {  // a line tells the month that is pointed at, not its first
    for (const part of spec.layer ?? [spec.spec ?? spec])
      if (part.layer || part.spec) hinted(part);
      else if (part.mark?.type === "line" && part.encoding.tooltip) part.mark.point = { opacity: 0, size: 120 };
    return spec;
  };
  for (const figure of figures) {
    const live = document.createElement("div");
    const drawing = figure.querySelector(".drawing");
    const natural = drawing.querySelector("svg").viewBox.baseVal.width;
    const spec = JSON.parse(figure.querySelector("script.spec").textContent);
    for (const name in spec.datasets) spec.datasets[name] = rowsOf(spec.datasets[name]);
    const settings = { actions: false, renderer: "svg", mode: "vega-lite" };
    try {
      await vegaEmbed(live, fitted(hinted(spec), natural, Math.min(drawing.clientWidth, MOST)), settings);
      for (const part of live.querySelectorAll("[aria-label^='Title text']")) part.removeAttribute("aria-label");
      for (const part of live.querySelectorAll("[role^=graphics-]:not([aria-label])"))
        if (part.localName !== "svg") for (const name of ["role", "aria-roledescription"]) part.removeAttribute(name);
      drawing.replaceChildren(live);
      figure.dataset.live = "yes";
    } catch (problem) {
      figure.dataset.live = "no";
      console.error(problem);
    }
  }
})();
